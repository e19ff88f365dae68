"""The messages as they are published: events, what agents hear, and CDRs."""

from typing import Literal, Mapping, Required, TypedDict

from .events import EventName


class EventMessage(TypedDict):
    """On <base>:queues:<queue_id>. The payload has the fields of events.py for its type, and ref, end_code, late."""

    type: EventName
    payload: Mapping[str, object]


class CallPayload(TypedDict):
    call_ref: str
    agent: str
    contact_ref: str | None
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


class CdrPayload(TypedDict, total=False):
    """Enigma's twelve keys, and the fields of the leaving event. What nobody knows is None."""

    id: Required[str]
    tenant: Required[str]
    attempt_id: Required[str]
    received_at: Required[int]
    variables: Required[Mapping[str, object]]
    extension: Required[str | None]
    number: Required[str | None]
    dial_number: Required[str | None]
    recording_url: Required[str | None]
    call_ref: Required[str]
    contact_ref: Required[str | None]
    dialed_at: Required[int | None]
    call_time: Required[float | None]
    end_reason: Required[str]
    end_code: Required[int | None]
    call_dir: Required[Literal["inbound", "outbound"] | None]
    ref: Required[str | None]


class CdrMessage(TypedDict):
    type: Literal["cdr"]
    payload: CdrPayload
