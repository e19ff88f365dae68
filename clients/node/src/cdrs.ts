// The payload of a CDR, made by clients/generate-types.ts from contracts/cdr.schema.json.

export type AgentsOfferedItem = {
  readonly agent_id: string;
  readonly at: number;
};

export type AgentsMissedItem = {
  readonly agent_id: string;
  readonly at: number;
};

export type CdrPayload = {
  readonly channel: 'call';
  readonly attempt_id: string;
  readonly destination?: string;
  readonly use_processing?: boolean;
  readonly agent_channel_id?: string;
  readonly member_channel_id?: string;
  readonly agent_name?: string;
  readonly agent_id?: string;
  readonly user_id?: string;
  readonly agent_extension?: string;
  readonly member_name?: string;
  readonly member_id?: string;
  readonly cc_attempt_seq?: number;
  readonly cc_result?: string;
  readonly call_bill_sec?: number;
  readonly call_duration?: number;
  readonly call_voice_sec?: number;
  readonly call_cause?: string;
  readonly call_sip_code?: number;
  readonly amd_result?: string;
  readonly timestamp?: number;
  readonly joined_at?: number;
  readonly bridged_at?: number;
  readonly queue_id?: string;
  readonly member_stop_cause?: string;
  readonly agent_description?: string;
  readonly id: string;
  readonly tenant: string;
  readonly source?: string;
  readonly received_at: number;
  readonly queue_name?: string;
  readonly direction?: 'inbound' | 'outbound';
  readonly variables: Readonly<Record<string, unknown>>;
  readonly event: 'leaving';
  /** The extension of the last agent */
  readonly extension: string | null;
  /** The number of the member */
  readonly number: string | null;
  /** The variable dial_number, as the flow sent it */
  readonly dial_number: string | number | null;
  /** The variable recording_url, as the flow sent it */
  readonly recording_url: string | number | null;
  /** The attempt_id */
  readonly call_ref: string;
  /** The variable contact_ref, else the member_id */
  readonly contact_ref: string | number | null;
  /** joined_at in Unix seconds */
  readonly dialed_at: number | null;
  /** Seconds from bridge to end; 0 when it was never bridged */
  readonly call_time: number | null;
  /** The disposition; null of a call that never left */
  readonly end_reason: 'hungup' | 'voicemail' | 'busy' | 'timeout' | 'reject' | 'error' | null;
  /** The Q.850 number of call_cause */
  readonly end_code: number | null;
  /** The direction of the queue, else outbound for a member of a list */
  readonly call_dir: 'inbound' | 'outbound' | null;
  /** The queue_id */
  readonly ref: string | null;
  /** From the call to its first bridge, or to its end */
  readonly wait_seconds?: number;
  /** Of all bridges */
  readonly talk_seconds?: number;
  /** Of all processing */
  readonly wrap_up_seconds?: number;
  /** How often another agent took the call over */
  readonly transfers?: number;
  /** The first offering, epoch milliseconds */
  readonly offered_at?: number;
  /** The first active or answered, epoch milliseconds */
  readonly answered_at?: number;
  /** Each offering to an agent that is known, epoch milliseconds */
  readonly agents_offered?: readonly AgentsOfferedItem[];
  /** Each missed of an agent that is known, epoch milliseconds */
  readonly agents_missed?: readonly AgentsMissedItem[];
  /** The id of the record that was made before, since nothing came for CALL_DEADLINE */
  readonly completes?: string;
  /** The leaving never came: what is known of the call. In INCOMPLETE_LISTS */
  readonly incomplete?: true;
};

export type IncompleteCdrPayload = {
  readonly channel?: string;
  readonly destination?: string;
  readonly use_processing?: boolean;
  readonly agent_channel_id?: string;
  readonly member_channel_id?: string;
  readonly agent_name?: string;
  readonly agent_id?: string;
  readonly user_id?: string;
  readonly agent_extension?: string;
  readonly member_name?: string;
  readonly member_id?: string;
  readonly cc_attempt_seq?: number;
  readonly cc_result?: string;
  readonly call_bill_sec?: number;
  readonly call_duration?: number;
  readonly call_voice_sec?: number;
  readonly call_cause?: string;
  readonly call_sip_code?: number;
  readonly amd_result?: string;
  readonly timestamp?: number;
  readonly joined_at?: number;
  readonly bridged_at?: number;
  readonly queue_id?: string;
  readonly member_stop_cause?: string;
  readonly agent_description?: string;
  readonly received_at?: number;
  readonly queue_name?: string;
  readonly direction?: 'inbound' | 'outbound';
  readonly event?:
    | 'joined'
    | 'offering'
    | 'active'
    | 'answered'
    | 'bridged'
    | 'missed'
    | 'processing'
    | 'leaving'
    | 'agent_status';
  readonly id: string;
  readonly tenant: string;
  readonly attempt_id: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly source?: string;
  /** The extension of the last agent */
  readonly extension: string | null;
  /** The number of the member */
  readonly number: string | null;
  /** The variable dial_number, as the flow sent it */
  readonly dial_number: string | number | null;
  /** The variable recording_url, as the flow sent it */
  readonly recording_url: string | number | null;
  /** The attempt_id */
  readonly call_ref: string;
  /** The variable contact_ref, else the member_id */
  readonly contact_ref: string | number | null;
  /** joined_at in Unix seconds */
  readonly dialed_at: number | null;
  readonly call_time: null;
  readonly end_reason: null;
  readonly end_code: null;
  /** The direction of the queue, else outbound for a member of a list */
  readonly call_dir: 'inbound' | 'outbound' | null;
  /** The queue_id */
  readonly ref: string | null;
  /** From the call to its first bridge, or to its end */
  readonly wait_seconds?: number;
  /** Of all bridges */
  readonly talk_seconds?: number;
  /** Of all processing */
  readonly wrap_up_seconds?: number;
  /** How often another agent took the call over */
  readonly transfers?: number;
  /** The first offering, epoch milliseconds */
  readonly offered_at?: number;
  /** The first active or answered, epoch milliseconds */
  readonly answered_at?: number;
  /** Each offering to an agent that is known, epoch milliseconds */
  readonly agents_offered?: readonly AgentsOfferedItem[];
  /** Each missed of an agent that is known, epoch milliseconds */
  readonly agents_missed?: readonly AgentsMissedItem[];
  /** The leaving never came: what is known of the call. In INCOMPLETE_LISTS */
  readonly incomplete: true;
};
