"""Hears events and agents' messages as they are published. What is published while nobody listens is gone: the live
stream has it."""

import re
from dataclasses import dataclass
from threading import Event
from typing import Any, Iterator, Literal, Sequence

from .entry import read_message
from .messages import CallMessage, EventMessage, IncompleteMessage, StatusMessage
from .worker import to_text

Which = Sequence[str] | Literal["all"]


@dataclass(frozen=True)
class Heard:
    channel: str
    #: None: the text is no message
    message: EventMessage | IncompleteMessage | CallMessage | StatusMessage | None
    text: str


def subscribe(
    redis: Any,
    *,
    base: str = "enigma:notifications",
    queues: Which = (),
    agents: Which = (),
    stop: Event | None = None,
) -> Iterator[Heard]:
    """What is heard of queues (by id) and agents (by extension), or of all of them, until `stop` is set.

    Raises what redis-py raises when the connection is lost: what is published meanwhile is missed.
    """
    channels: list[str] = []
    patterns: list[str] = []
    literal = re.sub(r"([*?\[\]\\])", r"\\\1", base)
    if queues == "all":
        channels.append(f"{base}:queues")
        patterns.append(f"{literal}:queues:*")
    else:
        channels += [f"{base}:queues:{queue}" for queue in queues]
    if agents == "all":
        patterns.append(f"{literal}:agents:*")
    else:
        channels += [f"{base}:agents:{agent}" for agent in agents]
    with redis.pubsub(ignore_subscribe_messages=True) as listener:
        if channels:
            listener.subscribe(*channels)
        if patterns:
            listener.psubscribe(*patterns)
        while (channels or patterns) and not (stop and stop.is_set()):
            heard = listener.get_message(timeout=0.5)
            if heard is not None and heard["type"] in ("message", "pmessage"):
                text = to_text(heard["data"])
                yield Heard(to_text(heard["channel"]), read_message(text), text)
