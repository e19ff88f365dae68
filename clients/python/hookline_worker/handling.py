"""From taken to settled: an entry is handled and acknowledged, or tried again, or dead."""

import json
import time
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha1
from typing import Callable, Sequence

from .entry import Entry
from .messages import CdrMessage
from .scripts import BEGIN, COUNT, COUNTED, MOVE, run
from .worker import Worker

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
    #: the bytes of the entry, by which Redis finds it
    raw: bytes


@dataclass(frozen=True)
class Taken:
    """What was taken at once. One that was tried before comes alone: it takes no other with it."""

    entries: Sequence[Entry]
    #: how often they were tried in vain, and until when they are ours, by time.monotonic(); None: ask
    known: tuple[int, float] | None = None


def handle_entries(
    worker: Worker,
    handle: Callable[[Cdr], None] | None,
    handle_batch: Callable[[Sequence[Cdr]], None] | None,
    taken: Taken,
) -> None:
    """Handles entries in their order. What can't be settled stays held by Redis, and is given back."""
    try:
        if worker.stop.is_set():
            return
        asked = [_begin(worker, entry, taken.known) for entry in taken.entries]
        begun = [cdr for cdr in asked if cdr is not None]
        if begun:
            _handle_begun(worker, handle, handle_batch, begun)
    except Exception as error:
        worker.report_trouble(error)
    finally:
        for entry in taken.entries:
            worker.let_go(entry.text)


def _handle_begun(
    worker: Worker,
    handle: Callable[[Cdr], None] | None,
    handle_batch: Callable[[Sequence[Cdr]], None] | None,
    begun: Sequence[Cdr],
) -> None:
    try:
        if handle_batch is not None:
            handle_batch(begun)
        elif handle is not None:
            for cdr in begun:
                handle(cdr)
    except BaseException as error:  # whatever the handler raises, such as SystemExit
        _fail(worker, begun, error)
        return
    for cdr in begun:
        _acknowledge(worker, cdr)


def _begin(worker: Worker, entry: Entry, known: tuple[int, float] | None) -> Cdr | None:
    """None when there is nothing to handle: the entry is not ours any more, or dead."""
    if known is not None and time.monotonic() < known[1] - worker.lease_ms / 2000:
        tries = known[0] + 1
    else:
        tries = _ask(worker, entry.raw) + 1
    if tries == 0:
        worker.progress.tell("lapsed", id=entry.id)
    elif entry.message is None:
        reason = "no CDR: a JSON object of the type cdr with a payload"
        _bury(worker, entry,  tries, reason)
    elif tries > worker.max_tries:
        reason = "its workers died or froze while they handled it"
        _bury(worker, entry,  tries - 1, reason)
    else:
        return Cdr(entry.id, tries, entry.message, entry.text, entry.raw)
    return None


def _ask(worker: Worker, raw: bytes) -> int:
    """How often it was tried in vain; -1: it was given back. Between taking and this, the worker may have frozen."""
    keys = worker.keys
    names = [keys.processing, keys.tries, keys.leases]
    return int(run(worker.client, BEGIN, names, [raw, worker.name, worker.lease_ms]))


def _acknowledge(worker: Worker, cdr: Cdr) -> None:
    """Goes on until Redis answers. A worker that stops gives up after a lease: then somebody handles the entry again."""
    waited = 0
    while True:
        try:
            removed = worker.client.lrem(worker.keys.processing, 1, cdr.raw)
            if cdr.tries > 1:
                worker.client.hdel(worker.keys.tries, _digest(cdr.raw))
            worker.progress.tell("handled" if removed else "twice", id=cdr.id, tries=cdr.tries)
            return
        except Exception as error:  # a connection that another thread closed fails with anything
            worker.report_trouble(error)
            if worker.stop.is_set() and waited > worker.lease_ms:
                return
            time.sleep(0.1)
            waited += 100


def _fail(worker: Worker, begun: Sequence[Cdr], error: BaseException) -> None:
    """The next try comes after a while, in which the handler gets nothing else: what it needs may be down."""
    reason = _describe(error)[:500]
    for cdr in begun:
        worker.progress.tell("failed", id=cdr.id, tries=cdr.tries, error=error)
    for cdr in begun:
        if cdr.tries >= worker.max_tries:
            _bury(worker, cdr, cdr.tries, reason)
    again = [cdr for cdr in begun if cdr.tries < worker.max_tries]
    if not again:
        return
    tries = min(cdr.tries for cdr in again)
    worker.stop.wait(min(LONGEST_RETRY_MS, worker.retry_ms * 2 ** (tries - 1)) / 1000)
    run(worker.client, COUNT, [worker.keys.tries], [COUNTED, *(cdr.raw for cdr in again)])
    # What a worker that stops still holds is given back in one piece, in its order.
    if worker.stop.is_set():
        return
    # The oldest last: it is then the next.
    for cdr in reversed(again):
        _give_back(worker, cdr)


def _describe(error: BaseException) -> str:
    """A handler may raise anything, also what has no text."""
    try:
        return str(error) or type(error).__name__
    except Exception:
        return type(error).__name__


def _give_back(worker: Worker, cdr: Cdr) -> None:
    keys = worker.keys
    moved = run(worker.client, MOVE, [keys.processing, keys.list], [cdr.raw, "RPUSH", cdr.raw])
    if moved:
        worker.progress.tell("given_back", entries=1)
    else:
        worker.progress.tell("lapsed", id=cdr.id)


def _bury(worker: Worker, entry: Entry | Cdr, tries: int, reason: str) -> None:
    letter = {
        "entry": entry.text,
        "id": entry.id,
        "reason": reason,
        "tries": tries,
        "worker": worker.name,
        "at": int(time.time() * 1000),
    }
    if entry.text.encode() != entry.raw:
        letter["base64"] = b64encode(entry.raw).decode()
    text = json.dumps(letter, ensure_ascii=False, separators=(",", ":"))
    # A reason may have half of a surrogate pair, which no UTF-8 can: then it is written as JSON writes it.
    words = text.encode("utf-8", "backslashreplace")
    keys = worker.keys
    if not run(worker.client, MOVE, [keys.processing, keys.dead], [entry.raw, "LPUSH", words]):
        worker.progress.tell("lapsed", id=entry.id)
        return
    worker.progress.tell("dead", id=entry.id, tries=tries, reason=reason)
    worker.client.hdel(keys.tries, _digest(entry.raw))


def _digest(raw: bytes) -> str:
    """Under which its tries are counted."""
    return sha1(raw).hexdigest()
