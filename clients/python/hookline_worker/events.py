"""The payload of each event, made by clients/generate-types.ts from contracts/event.schema.json."""

from typing import Literal, Mapping, Required, TypedDict, Union

class Joined(TypedDict, total=False):
    channel: Required[str]
    attempt_id: Required[str]
    destination: str
    use_processing: bool
    agent_channel_id: str
    member_channel_id: str
    agent_name: str
    agent_id: str
    user_id: str
    agent_extension: str
    member_name: str
    member_id: str
    cc_attempt_seq: int
    cc_result: str
    call_bill_sec: float
    call_duration: float
    call_voice_sec: float
    call_cause: str
    call_sip_code: int
    amd_result: str
    timestamp: int
    joined_at: int
    bridged_at: int
    queue_id: str
    member_stop_cause: str
    agent_description: str
    id: Required[str]
    tenant: Required[str]
    source: str
    received_at: Required[int]
    queue_name: str
    direction: Literal["inbound", "outbound"]
    variables: Required[Mapping[str, object]]

class AgentStatus(TypedDict, total=False):
    channel: str
    attempt_id: str
    destination: str
    use_processing: bool
    agent_channel_id: str
    member_channel_id: str
    agent_name: str
    agent_id: Required[str]
    user_id: str
    agent_extension: str
    member_name: str
    member_id: str
    cc_attempt_seq: int
    cc_result: str
    call_bill_sec: float
    call_duration: float
    call_voice_sec: float
    call_cause: str
    call_sip_code: int
    amd_result: str
    timestamp: int
    joined_at: int
    bridged_at: int
    queue_id: str
    member_stop_cause: str
    agent_description: str
    status: Required[str]
    team_id: str
    status_payload: str
    extension: str
    id: Required[str]
    tenant: Required[str]
    source: str
    received_at: Required[int]
    queue_name: str
    direction: Literal["inbound", "outbound"]
    variables: Required[Mapping[str, object]]

class ExpiredLeaving(TypedDict, total=False):
    channel: str
    attempt_id: str
    destination: str
    use_processing: bool
    agent_channel_id: str
    member_channel_id: str
    agent_name: str
    agent_id: str
    user_id: str
    agent_extension: str
    member_name: str
    member_id: str
    cc_attempt_seq: int
    cc_result: str
    call_bill_sec: float
    call_duration: float
    call_voice_sec: float
    call_cause: str
    call_sip_code: int
    amd_result: str
    timestamp: int
    joined_at: int
    bridged_at: int
    queue_id: str
    member_stop_cause: str
    agent_description: str
    id: Required[str]
    tenant: Required[str]
    source: str
    received_at: Required[int]
    queue_name: str
    direction: Literal["inbound", "outbound"]
    variables: Required[Mapping[str, object]]

Offering = Joined

Active = Joined

Answered = Joined

Bridged = Joined

Missed = Joined

Processing = Joined

Leaving = Union[ExpiredLeaving, Joined]

EventName = Literal["joined", "offering", "active", "answered", "bridged", "missed", "processing", "agent_status", "leaving"]
