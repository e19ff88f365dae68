"""The messages as they are published: events, what agents hear, and CDRs."""

from typing import Literal, Mapping, TypedDict

from .cdrs import CdrPayload, IncompleteCdrPayload
from .events import EventName


class EventMessage(TypedDict):
    """On <base>:queues:<queue_id>. The payload has the fields of events.py for its type, and ref, end_code, late."""

    type: EventName
    payload: Mapping[str, object]


class IncompleteMessage(TypedDict):
    """On the same channels: nothing came of a call any more, so it is given up, with what is known of it."""

    type: Literal["incomplete"]
    payload: IncompleteCdrPayload


class CallPayload(TypedDict):
    call_ref: str
    agent: str
    contact_ref: str | float | None
    number: str | None
    campaign_ref: str | None
    ref: str


class CallMessage(TypedDict):
    """On <base>:agents:<extension>: a call was connected to the agent."""

    type: Literal["call"]
    payload: CallPayload


class StatusPayload(TypedDict):
    status: Literal["available", "busy", "wrapup", "offline"]
    campaign_ref: str | None
    ref: str


class StatusMessage(TypedDict):
    """On <base>:agents:<extension>: the agent's status."""

    type: Literal["status"]
    payload: StatusPayload


class CdrMessage(TypedDict):
    """An entry of a CDR list: Enigma's twelve keys, and the fields of the event. What nobody knows is None."""

    type: Literal["cdr"]
    payload: CdrPayload
