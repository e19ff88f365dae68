"""The keys of the worker protocol, all in the cluster slot of the list."""

import re
from typing import NamedTuple


class Keys(NamedTuple):
    list: str
    processing: str
    leases: str
    #: hash: the SHA-1 of an entry's text, and how often it was tried in vain
    tries: str
    dead: str


def name_prefix(list_key: str) -> str:
    """What every key of a list begins with: it has the hash tag of the list."""
    if re.match(r"[^{]*\{[^}]+\}", list_key):
        return list_key
    if not list_key or re.search(r"[{}]", list_key):
        raise ValueError(
            "list must be the key of a list; a brace in it must be part of a hash tag, such as {cdr}"
        )
    return "{" + list_key + "}"


def name_keys(list_key: str, worker: str) -> Keys:
    prefix = name_prefix(list_key)
    beside = [f"{prefix}:{name}" for name in ("leases", "tries", "dead")]
    return Keys(list_key, name_processing(list_key, worker), *beside)


def name_processing(list_key: str, worker: str) -> str:
    return f"{name_prefix(list_key)}:processing:{worker}"
