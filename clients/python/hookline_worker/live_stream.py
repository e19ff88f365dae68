"""Follows the live stream: every event that was published, from the last one that was seen. It needs LIVE=on."""

from dataclasses import dataclass
from threading import Event
from typing import Any, Iterator, Sequence

from redis.exceptions import ConnectionError, TimeoutError

from .entry import read_message
from .keys import name_prefix
from .messages import EventMessage
from .worker import to_text

#: entries of one read
COUNT = 1_000
BLOCK_MS = 1_000


@dataclass(frozen=True)
class Followed:
    #: keep it when the event is dealt with: it is where to go on
    id: str
    event: EventMessage


@dataclass(frozen=True)
class Gap:
    """Events after `after` are gone: the stream keeps the last LIVE_MAX. `next` is the first that is left, if any."""

    after: str
    next: str | None


def follow_events(
    redis: Any, *, list: str, after: str | None = None, stop: Event | None = None
) -> Iterator[Followed | Gap]:
    """Every event once, in order, until `stop` is set. Between two ids nothing is missing, unless a gap is yielded.

    list: the first list of CDR_LISTS, by its key: the stream is named after it.
    after: the id of the last entry that was seen; without it, all that is kept is new.
    Raises what Redis answers when it refuses. While it is away, it is tried again.
    """
    key = f"{name_prefix(list)}:live"
    stopping = stop or Event()
    last = after
    while not stopping.is_set():
        try:
            entries = _read(redis, key, last)
            # The last one comes again: where it still is, nothing was cut off behind it.
            anchored = last is None or (entries and entries[0][0] == last)
            lost = not anchored and not redis.xrange(key, "-", last, count=1)
            if not entries[1 if last and anchored else 0 :] and not lost:
                redis.xread({key: last or "0-0"}, count=1, block=BLOCK_MS)
                continue
        except (ConnectionError, TimeoutError):
            stopping.wait(0.2)
            continue
        if lost:
            yield Gap(str(last), entries[0][0] if entries else None)
            # Nothing of what is left was seen: a stream that was deleted may begin with lower ids.
            last = None
            if not entries:
                continue
        for entry_id, text in entries[1 if last and anchored else 0 :]:
            last = entry_id
            message = read_message(text)
            if message is not None:
                yield Followed(entry_id, message)


def _read(redis: Any, key: str, last: str | None) -> Sequence[tuple[str, str]]:
    found = redis.xrange(key, last or "-", "+", count=COUNT + 1)
    return [
        (to_text(entry_id), to_text(fields.get(b"event") or fields.get("event") or ""))
        for entry_id, fields in found
    ]
