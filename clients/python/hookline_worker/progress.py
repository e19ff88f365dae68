"""What a worker tells of its work, and counts."""

import logging
from dataclasses import dataclass
from threading import Lock
from typing import Any, Callable


@dataclass
class Counters:
    #: acknowledged after the handler was done
    handled: int = 0
    #: the handler raised
    failed: int = 0
    #: put back into the list: for the next try, or because the worker stopped
    given_back: int = 0
    #: put on the dead list
    dead: int = 0
    #: handled here, but given back before it could be acknowledged: somebody else handles it as well
    twice: int = 0
    #: taken here, but given back before the handling began: nothing was handled
    lapsed: int = 0
    #: given back here for workers whose lease ended
    taken_over: int = 0


#: type (a counter's name, or started, trouble, stopped), its details, the counters. Called by several threads, one at a time.
OnProgress = Callable[[str, dict[str, Any], Counters], None]


class Progress:
    def __init__(self, on_progress: OnProgress | None) -> None:
        self.counters = Counters()
        self._on_progress = on_progress
        self._lock = Lock()

    def tell(self, kind: str, **details: Any) -> None:
        with self._lock:
            if hasattr(self.counters, kind):
                before = getattr(self.counters, kind)
                setattr(self.counters, kind, before + details.get("entries", 1))
            if self._on_progress:
                try:
                    self._on_progress(kind, details, self.counters)
                except Exception:  # the work goes on
                    logging.getLogger("hookline_worker").exception("on_progress raised")
