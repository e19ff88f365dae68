// The payload of each event, made by clients/generate-types.ts from contracts/event.schema.json.

export type Joined = {
  readonly channel: string;
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
};

export type AgentStatus = {
  readonly channel?: string;
  readonly attempt_id?: string;
  readonly destination?: string;
  readonly use_processing?: boolean;
  readonly agent_channel_id?: string;
  readonly member_channel_id?: string;
  readonly agent_name?: string;
  readonly agent_id: string;
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
  readonly status: string;
  readonly team_id?: string;
  readonly status_payload?: string;
  readonly extension?: string;
  readonly id: string;
  readonly tenant: string;
  readonly source?: string;
  readonly received_at: number;
  readonly queue_name?: string;
  readonly direction?: 'inbound' | 'outbound';
  readonly variables: Readonly<Record<string, unknown>>;
};

export type ExpiredLeaving = {
  readonly channel?: string;
  readonly attempt_id?: string;
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
};

export type Offering = Joined;

export type Active = Joined;

export type Answered = Joined;

export type Bridged = Joined;

export type Missed = Joined;

export type Processing = Joined;

export type Leaving = ExpiredLeaving | Joined;

export const eventNames = [
  'joined',
  'offering',
  'active',
  'answered',
  'bridged',
  'missed',
  'processing',
  'agent_status',
  'leaving',
] as const;

/** The payload of each event by its name. */
export type Payloads = {
  readonly joined: Joined;
  readonly offering: Offering;
  readonly active: Active;
  readonly answered: Answered;
  readonly bridged: Bridged;
  readonly missed: Missed;
  readonly processing: Processing;
  readonly agent_status: AgentStatus;
  readonly leaving: Leaving;
};
