"""The payload of a CDR, made by clients/generate-types.ts from contracts/cdr.schema.json."""

from typing import Literal, Mapping, Required, Sequence, TypedDict

class AgentsOfferedItem(TypedDict, total=False):
    agent_id: Required[str]
    at: Required[int]

class AgentsMissedItem(TypedDict, total=False):
    agent_id: Required[str]
    at: Required[int]

class CdrPayload(TypedDict, total=False):
    channel: Required[Literal["call"]]
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
    event: Required[Literal["leaving"]]
    #: The extension of the last agent
    extension: Required[str | None]
    #: The number of the member
    number: Required[str | None]
    #: The variable dial_number, as the flow sent it
    dial_number: Required[str | float | None]
    #: The variable recording_url, as the flow sent it
    recording_url: Required[str | float | None]
    #: The attempt_id
    call_ref: Required[str]
    #: The variable contact_ref, else the member_id
    contact_ref: Required[str | float | None]
    #: joined_at in Unix seconds
    dialed_at: Required[int | None]
    #: Seconds from bridge to end; 0 when it was never bridged
    call_time: Required[float | None]
    #: The disposition; null of a call that never left
    end_reason: Required[Literal["hungup", "voicemail", "busy", "timeout", "reject", "error"] | None]
    #: The Q.850 number of call_cause
    end_code: Required[int | None]
    #: The direction of the queue, else outbound for a member of a list
    call_dir: Required[Literal["inbound", "outbound"] | None]
    #: The queue_id
    ref: Required[str | None]
    #: From the call to its first bridge, or to its end
    wait_seconds: float
    #: Of all bridges
    talk_seconds: float
    #: Of all processing
    wrap_up_seconds: float
    #: How often another agent took the call over
    transfers: int
    #: The first offering, epoch milliseconds
    offered_at: int
    #: The first active or answered, epoch milliseconds
    answered_at: int
    #: Each offering to an agent that is known, epoch milliseconds
    agents_offered: Sequence[AgentsOfferedItem]
    #: Each missed of an agent that is known, epoch milliseconds
    agents_missed: Sequence[AgentsMissedItem]
    #: The id of the record that was made before, since nothing came for CALL_DEADLINE
    completes: str
    #: The leaving never came: what is known of the call. In INCOMPLETE_LISTS
    incomplete: Literal[True]

class IncompleteCdrPayload(TypedDict, total=False):
    channel: str
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
    received_at: int
    queue_name: str
    direction: Literal["inbound", "outbound"]
    event: Literal["joined", "offering", "active", "answered", "bridged", "missed", "processing", "leaving", "agent_status"]
    id: Required[str]
    tenant: Required[str]
    attempt_id: Required[str]
    variables: Required[Mapping[str, object]]
    source: str
    #: The extension of the last agent
    extension: Required[str | None]
    #: The number of the member
    number: Required[str | None]
    #: The variable dial_number, as the flow sent it
    dial_number: Required[str | float | None]
    #: The variable recording_url, as the flow sent it
    recording_url: Required[str | float | None]
    #: The attempt_id
    call_ref: Required[str]
    #: The variable contact_ref, else the member_id
    contact_ref: Required[str | float | None]
    #: joined_at in Unix seconds
    dialed_at: Required[int | None]
    call_time: Required[None]
    end_reason: Required[None]
    end_code: Required[None]
    #: The direction of the queue, else outbound for a member of a list
    call_dir: Required[Literal["inbound", "outbound"] | None]
    #: The queue_id
    ref: Required[str | None]
    #: From the call to its first bridge, or to its end
    wait_seconds: float
    #: Of all bridges
    talk_seconds: float
    #: Of all processing
    wrap_up_seconds: float
    #: How often another agent took the call over
    transfers: int
    #: The first offering, epoch milliseconds
    offered_at: int
    #: The first active or answered, epoch milliseconds
    answered_at: int
    #: Each offering to an agent that is known, epoch milliseconds
    agents_offered: Sequence[AgentsOfferedItem]
    #: Each missed of an agent that is known, epoch milliseconds
    agents_missed: Sequence[AgentsMissedItem]
    #: The leaving never came: what is known of the call. In INCOMPLETE_LISTS
    incomplete: Required[Literal[True]]
