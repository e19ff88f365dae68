"""What every part of a running worker shares."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

from redis.exceptions import ReadOnlyError

from .keys import Keys
from .progress import Progress


@dataclass
class Worker:
    client: Any
    keys: Keys
    name: str
    lease_ms: int
    max_tries: int
    retry_ms: int
    #: set when the worker stops
    stop: Event
    progress: Progress
    #: until then nobody is given what it holds, by time.monotonic()
    lease_end: float = 0
    lock: Lock = field(default_factory=Lock)
    #: texts that were taken and are not settled, with how many of each
    held: Counter[str] = field(default_factory=Counter)

    def hold(self, text: str) -> None:
        with self.lock:
            self.held[text] += 1

    def report_trouble(self, error: Exception) -> None:
        self.progress.tell("trouble", error=error)
        # After a failover its address leads to another one.
        if isinstance(error, ReadOnlyError) and hasattr(self.client, "connection_pool"):
            with suppress(Exception):
                _close_idle(self.client.connection_pool)

    def let_go(self, text: str) -> None:
        with self.lock:
            self.held[text] -= 1
            self.held += Counter()


def _close_idle(pool: Any) -> None:
    """Not what other threads use, which would fail with anything: that is closed when it is refused itself."""
    try:
        pool.disconnect(inuse_connections=False)
    except TypeError:  # the BlockingConnectionPool of redis-py 4 closes all or none
        pool.disconnect()


def to_text(value: bytes | str) -> str:
    """Whatever the client answers, with or without decode_responses."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
