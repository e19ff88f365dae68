"""From taken to settled: an entry is handled and acknowledged, or tried again, or dead."""

import json
import time
from dataclasses import dataclass
from typing import Callable, Sequence

from redis.exceptions import RedisError

from .entry import Entry
from .keys import name_tries
from .messages import CdrMessage
from .scripts import BEGIN, MOVE, run
from .worker import Worker

#: for how long an entry's tries are counted after the last of them, seconds
COUNTED = 7 * 86_400
LONGEST_RETRY_MS = 60_000


@dataclass(frozen=True)
class Cdr:
    """What a handler gets."""

    #: the idempotency key: the same when the same CDR comes again
    id: str
    #: which try this is, from 1
    tries: int
    message: CdrMessage
    #: the entry as it is in the list
    text: str


def handle_entries(
    worker: Worker,
    handle: Callable[[Cdr], None] | None,
    handle_batch: Callable[[Sequence[Cdr]], None] | None,
    entries: Sequence[Entry],
) -> None:
    """Handles entries in their order. What can't be settled stays held by Redis, and is given back."""
    try:
        for group in _group(worker, entries):
            if worker.stop.is_set():
                return
            _handle_group(worker, handle, handle_batch, group)
    except RedisError as error:
        worker.progress.tell("trouble", error=error)
    finally:
        for entry in entries:
            worker.let_go(entry.text)


def _group(worker: Worker, entries: Sequence[Entry]) -> list[list[Entry]]:
    """Whoever was tried before is handled alone: one bad entry takes no other with it."""
    if len(entries) == 1:
        return [list(entries)]
    tried = worker.client.mget([name_tries(worker.keys.list, entry.id) for entry in entries])
    groups: list[list[Entry]] = []
    fresh: list[Entry] | None = None
    for entry, tries in zip(entries, tried):
        if tries is not None:
            fresh = None
            groups.append([entry])
        elif fresh is not None:
            fresh.append(entry)
        else:
            fresh = [entry]
            groups.append(fresh)
    return groups


def _handle_group(
    worker: Worker,
    handle: Callable[[Cdr], None] | None,
    handle_batch: Callable[[Sequence[Cdr]], None] | None,
    entries: Sequence[Entry],
) -> None:
    begun = [cdr for cdr in (_begin(worker, entry) for entry in entries) if cdr is not None]
    if not begun:
        return
    try:
        if handle_batch is not None:
            handle_batch(begun)
        elif handle is not None:
            for cdr in begun:
                handle(cdr)
    except Exception as error:  # whatever the handler raises
        _fail(worker, begun, error)
        return
    for cdr in begun:
        _acknowledge(worker, cdr)


def _begin(worker: Worker, entry: Entry) -> Cdr | None:
    """None when there is nothing to handle: the entry is not ours any more, or dead."""
    keys = worker.keys
    names = [keys.processing, name_tries(keys.list, entry.id), keys.leases]
    tries = int(
        run(worker.client, BEGIN, names, [entry.text, COUNTED, worker.name, worker.lease_ms])
    )
    if tries == 0:
        worker.progress.tell("lapsed", id=entry.id)
    elif tries > worker.max_tries:
        reason = "its workers died or froze while they handled it"
        _bury(worker, entry.text, entry.id, tries - 1, reason)
    elif entry.message is None:
        reason = "no CDR: a JSON object of the type cdr with a payload"
        _bury(worker, entry.text, entry.id, tries, reason)
    else:
        return Cdr(entry.id, tries, entry.message, entry.text)
    return None


def _acknowledge(worker: Worker, cdr: Cdr) -> None:
    """Goes on until Redis answers. A worker that stops gives up after a lease: then somebody handles the entry again."""
    waited = 0
    while True:
        try:
            removed = worker.client.lrem(worker.keys.processing, 1, cdr.text)
            worker.client.delete(name_tries(worker.keys.list, cdr.id))
            worker.progress.tell("handled" if removed else "twice", id=cdr.id, tries=cdr.tries)
            return
        except RedisError as error:
            worker.progress.tell("trouble", error=error)
            if worker.stop.is_set() and waited > worker.lease_ms:
                return
            time.sleep(0.1)
            waited += 100


def _fail(worker: Worker, begun: Sequence[Cdr], error: Exception) -> None:
    """The next try comes after a while, in which the handler gets nothing else: what it needs may be down."""
    reason = (str(error) or type(error).__name__)[:500]
    for cdr in begun:
        worker.progress.tell("failed", id=cdr.id, tries=cdr.tries, error=error)
    for cdr in begun:
        if cdr.tries >= worker.max_tries:
            _bury(worker, cdr.text, cdr.id, cdr.tries, reason)
    again = [cdr for cdr in begun if cdr.tries < worker.max_tries]
    if not again:
        return
    tries = min(cdr.tries for cdr in again)
    worker.stop.wait(min(LONGEST_RETRY_MS, worker.retry_ms * 2 ** (tries - 1)) / 1000)
    # What a worker that stops still holds is given back in one piece, in its order.
    if worker.stop.is_set():
        return
    # The oldest last: it is then the next.
    for cdr in reversed(again):
        _give_back(worker, cdr)


def _give_back(worker: Worker, cdr: Cdr) -> None:
    keys = worker.keys
    moved = run(worker.client, MOVE, [keys.processing, keys.list], [cdr.text, "RPUSH", cdr.text])
    if moved:
        worker.progress.tell("given_back", entries=1)
    else:
        worker.progress.tell("lapsed", id=cdr.id)


def _bury(worker: Worker, text: str, entry_id: str, tries: int, reason: str) -> None:
    letter = {
        "entry": text,
        "id": entry_id,
        "reason": reason,
        "tries": tries,
        "worker": worker.name,
        "at": int(time.time() * 1000),
    }
    words = json.dumps(letter, ensure_ascii=False, separators=(",", ":"))
    keys = worker.keys
    if not run(worker.client, MOVE, [keys.processing, keys.dead], [text, "LPUSH", words]):
        worker.progress.tell("lapsed", id=entry_id)
        return
    worker.progress.tell("dead", id=entry_id, tries=tries, reason=reason)
    worker.client.delete(name_tries(keys.list, entry_id))
