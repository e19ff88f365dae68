"""An entry of a CDR list: its text, its identity and its message."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from .messages import CdrMessage
from .worker import to_text


@dataclass(frozen=True)
class Entry:
    text: str
    #: the bytes that Redis has: not those of the text, where that is no UTF-8
    raw: bytes
    #: the idempotency key: payload.id, if it is 1 to 128 visible ASCII characters, else the SHA-256 of the text in hex
    id: str
    #: None: it is no CDR
    message: CdrMessage | None


def read_entry(raw: bytes) -> Entry:
    text = to_text(raw)
    message = read_message(text)
    entry_id = message["payload"].get("id") if message else None
    if not (isinstance(entry_id, str) and re.fullmatch(r"[!-~]{1,128}", entry_id)):
        entry_id = sha256(raw).hexdigest()
    return Entry(text, raw, entry_id, message if message and message["type"] == "cdr" else None)


def read_message(text: str) -> Any:
    """The message that a text is; None when it is none. Its payload is taken on trust."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    good = isinstance(value.get("type"), str) and isinstance(value.get("payload"), dict)
    return value if good else None
