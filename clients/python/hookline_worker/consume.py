"""Takes CDRs from a list and loses none: the worker protocol of docs/worker.md."""

import os
import secrets
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Semaphore
from typing import Any, Callable, Iterator, Sequence

from redis.exceptions import RedisError, ResponseError

from .entry import read_entry
from .handling import Cdr, Taken, handle_entries
from .keys import name_keys
from .lease import LeaseKeeper, renew
from .progress import Counters, OnProgress, Progress
from .scripts import COUNTED, RELEASE, TAKE, call, run
from .worker import Worker


def consume_cdrs(
    redis: Any,
    *,
    list: str,
    handle: Callable[[Cdr], None] | None = None,
    handle_batch: Callable[[Sequence[Cdr]], None] | None = None,
    batch: int = 1,
    concurrency: int = 1,
    lease_ms: int = 30_000,
    max_tries: int = 10,
    retry_ms: int = 1_000,
    name: str | None = None,
    stop: Event | None = None,
    on_progress: OnProgress | None = None,
) -> Counters:
    """Handles each entry of the list at least once, the oldest first, until `stop` is set.

    An entry is acknowledged when its handler returns; one that raises has it tried again. Other workers, of any kind,
    may take from the same list. The handler must bear to see the same id twice: then a worker died or froze in between.

    redis: a redis.Redis or RedisCluster; its socket_timeout, if it has one, must be more than a second, and it should
        have one: without it a Redis that is frozen is waited for without end.
    handle: gets one CDR. handle_batch: gets up to `batch` at a time; when it raises, each is tried again alone.
    concurrency: handlers that run at the same time, each in a thread.
    lease_ms: after which what a dead worker holds is given back. A handler may take longer.
    max_tries: of an entry, before it goes to the dead list.
    retry_ms: from a failed try to the next, doubled with each, 60 s at most.
    Raises ValueError when an option is wrong, and what Redis answers when it refuses the worker, or that it can't be
    reached, at the start. Later it is tried again for ever.
    """
    numbers = {
        "batch": batch,
        "concurrency": concurrency,
        "lease_ms": lease_ms,
        "max_tries": max_tries,
        "retry_ms": retry_ms,
    }
    for option, value in numbers.items():
        if type(value) is not int or value < 1:
            raise ValueError(f"{option} must be a whole number, 1 or more")
    if (handle is None) == (handle_batch is None):
        raise ValueError("give either handle or handle_batch")
    own_name = f"{name or f'{socket.gethostname()}:{os.getpid()}'}:{secrets.token_hex(4)}"
    worker = Worker(
        client=redis,
        keys=name_keys(list, own_name),
        name=own_name,
        lease_ms=lease_ms,
        max_tries=max_tries,
        retry_ms=retry_ms,
        stop=stop or Event(),
        progress=Progress(on_progress),
    )
    renew(worker)
    worker.progress.tell("started", worker=own_name)
    lease = LeaseKeeper(worker)
    lease.start()
    how = "stopping"
    try:
        most = 1 if handle_batch is None else batch
        if _take_and_handle(worker, handle, handle_batch, most, concurrency):
            how = "leaving"
    finally:
        lease.finish()
        _leave(worker, how)
    worker.progress.tell("stopped")
    return worker.progress.counters


def _take_and_handle(
    worker: Worker,
    handle: Callable[[Cdr], None] | None,
    handle_batch: Callable[[Sequence[Cdr]], None] | None,
    most: int,
    concurrency: int,
) -> bool:
    """Until the worker stops and every handler is done. Was every take answered? Else one may still come."""
    free = Semaphore(concurrency)
    sure = _asks_once(worker.client)

    def handle_some(taken: Taken) -> None:
        try:
            handle_entries(worker, handle, handle_batch, taken)
        finally:
            free.release()

    with ThreadPoolExecutor(concurrency) as threads, _stopping(worker):
        while not worker.stop.is_set():
            if not free.acquire(timeout=0.2):
                continue
            taken = Taken([])
            try:
                taken = _take_some(worker, most)
            except Exception as error:
                # Redis may have moved an entry without our hearing of it: the lease's check finds it.
                sure = False
                worker.report_trouble(error)
                worker.stop.wait(min(0.2, worker.lease_ms / 3000))
            if taken.entries:
                threads.submit(handle_some, taken)
            else:
                free.release()
    return sure


def _asks_once(client: Any) -> bool:
    """One that sends a command again by itself, as a cluster's does, hides that the first may still come."""
    pool = getattr(client, "connection_pool", None)
    again = ("retry", "retry_on_timeout", "retry_on_error")
    return pool is not None and not any(pool.connection_kwargs.get(option) for option in again)


@contextmanager
def _stopping(worker: Worker) -> Iterator[None]:
    """However the taking ends, by Ctrl-C too: the handlers that wait for a next try end with it."""
    try:
        yield
    finally:
        worker.stop.set()


def _take_some(worker: Worker, most: int) -> Taken:
    """Entries as soon as there are some; none after a short while."""
    there = _take_there(worker, most)
    if there.entries:
        return there
    # A stop waits for this as well: a wait that is cut off could still take an entry for us.
    seconds = min(1.0, worker.lease_ms / 3000)
    keys = worker.keys
    try:
        words = ("BLMOVE", keys.list, keys.processing, "RIGHT", "LEFT", seconds)
        first = call(worker.client, *words)
    except ResponseError as error:
        # When its memory is full, Redis refuses BLMOVE, which gives it back some; our script goes on.
        if not _is_full(error):
            raise
        worker.stop.wait(seconds / 5)
        return Taken([])
    return _receive(worker, [] if first is None else [first])


def _take_there(worker: Worker, most: int) -> Taken:
    end, keys = worker.lease_end, worker.keys
    tries, *entries = run(worker.client, TAKE, [keys.list, keys.processing, keys.tries], [most])
    return _receive(worker, entries, (tries, end))


def _receive(
    worker: Worker, answer: Sequence[bytes], known: tuple[int, float] | None = None
) -> Taken:
    entries = [read_entry(raw) for raw in answer]
    for entry in entries:
        worker.hold(entry.text)
    return Taken(entries, known)


def _is_full(error: ResponseError) -> bool:
    # redis-py has a class for this error, and takes its code off.
    return type(error).__name__ == "OutOfMemoryError" or "maxmemory" in str(error)


def _leave(worker: Worker, how: str) -> None:
    """Gives back what is left. Where Redis can't be reached, the lease ends and another worker does it."""
    keys = worker.keys
    try:
        names = [keys.leases, keys.processing, keys.list, keys.tries]
        entries = run(worker.client, RELEASE, names, [worker.name, how, COUNTED])
        if entries:
            worker.progress.tell("given_back", entries=entries)
    except RedisError as error:
        worker.report_trouble(error)
