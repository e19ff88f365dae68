"""Keeps a worker's lease, gives back what dead workers held, and what was moved for this one without its knowledge."""

from collections import Counter
from threading import Event, Thread
from time import monotonic
from typing import Any

from .entry import Entry, read_entry
from .keys import name_processing
from .scripts import COUNTED, HEARTBEAT, MOVE, RELEASE, call, run
from .worker import Worker, to_text


class LeaseKeeper(Thread):
    def __init__(self, worker: Worker) -> None:
        super().__init__(name="hookline lease", daemon=True)
        self._worker = worker
        self._finished = Event()

    def finish(self) -> None:
        """To be called when the handlers are done: until then the lease is kept."""
        self._finished.set()
        self.join()

    def run(self) -> None:
        every = self._worker.lease_ms / 3000
        wait = every
        ended: dict[str, str] = {}
        strays: list[str] = []
        while not self._finished.wait(wait):
            try:
                ended = _take_over(self._worker, ended)
                strays = _give_back_strays(self._worker, strays)
                wait = every
            except Exception as error:  # without its lease, others take what it holds
                self._worker.report_trouble(error)
                wait = min(every, 0.5)


def renew(worker: Worker) -> Any:
    """Answers the workers whose lease ended, each with its end."""
    sent = monotonic()
    ended = run(worker.client, HEARTBEAT, [worker.keys.leases], [worker.name, worker.lease_ms])
    worker.lease_end = sent + worker.lease_ms / 1000
    return ended


def _take_over(worker: Worker, before: dict[str, str]) -> dict[str, str]:
    """Renews the lease. A lease that had ended at the last look and is as it was then has its entries given back: after
    Redis was away, workers that live have their time to renew. Answers the workers whose lease ended, with its end."""
    keys = worker.keys
    flat = [to_text(item) for item in renew(worker)]
    ended = dict(zip(flat[::2], flat[1::2]))
    for other, end in ended.items():
        if before.get(other) != end:
            continue
        processing = name_processing(keys.list, other)
        names = [keys.leases, processing, keys.list, keys.tries]
        moved = run(worker.client, RELEASE, names, [other, "ended", COUNTED])
        if moved > 0:
            worker.progress.tell("taken_over", worker=other, entries=moved)
    return ended


def _give_back_strays(worker: Worker, before: list[str]) -> list[str]:
    """An entry that was moved for us, though the answer got lost, is in nobody's hand: at the second look it goes back."""
    keys = worker.keys
    found = [read_entry(raw) for raw in call(worker.client, "LRANGE", keys.processing, 0, -1)]
    with worker.lock:
        held = Counter(worker.held)
    strays: list[Entry] = []
    left = Counter(held)
    for entry in found:
        if left[entry.text] > 0:
            left[entry.text] -= 1
        else:
            strays.append(entry)
    for entry in strays:
        if entry.text not in before or entry.text in held:
            continue
        words = [entry.raw, "RPUSH", entry.raw]
        if run(worker.client, MOVE, [keys.processing, keys.list], words):
            worker.progress.tell("given_back", entries=1)
    return [entry.text for entry in strays]
