// Enigma dialler, "Call Connection", "Agent Status" and "Call Data Record": the keys of each payload, defined once. They
// give the contracts, and the types by which enigma.ts fills them: at run time no function imports this file.
import * as z from 'zod/mini';

/** What each key is, for the contracts. */
export const descriptions = z.registry<{ readonly description: string }>();

function describe<T extends z.ZodMiniType>(description: string, schema: T): T {
  descriptions.add(schema, { description });
  return schema;
}

/** Null where nobody knows it. */
const known = <T extends z.ZodMiniType>(description: string, schema: T) =>
  describe(description, z.nullable(schema));

const variable = (name: string) =>
  known(`The variable ${name}, as the flow sent it`, z.union([z.string(), z.number()]));
const contact = () =>
  known('The variable contact_ref, else the member_id', z.union([z.string(), z.number()]));
const extension = (name = 'The extension of the agent') => describe(name, z.string());

export const callKeys = {
  call_ref: describe('The attempt_id', z.string()),
  agent: extension(),
  contact_ref: contact(),
  number: known('The number of the member', z.string()),
  campaign_ref: known('The queue_id', z.string()),
  ref: extension('The extension of the agent, as in the channel'),
};

export const statusKeys = {
  status: z.enum(['available', 'busy', 'wrapup', 'offline']),
  campaign_ref: known('The queue_id', z.string()),
  ref: extension('The extension of the agent, as in the channel'),
};

/** Of the page's dispositions, those that a hook can prove. */
const dispositions = ['hungup', 'voicemail', 'busy', 'timeout', 'reject', 'error'] as const;

/** The twelve keys of the page, always all present. */
export const cdrKeys = {
  extension: known('The extension of the last agent', z.string()),
  number: known('The number of the member', z.string()),
  dial_number: variable('dial_number'),
  recording_url: variable('recording_url'),
  call_ref: describe('The attempt_id', z.string()),
  contact_ref: contact(),
  dialed_at: known('joined_at in Unix seconds', z.int()),
  call_time: known('Seconds from bridge to end; 0 when it was never bridged', z.number()),
  end_reason: known('The disposition; null of a call that never left', z.enum(dispositions)),
  end_code: known('The Q.850 number of call_cause', z.int().check(z.gte(1), z.lte(127))),
  call_dir: known(
    'The direction of the queue, else outbound for a member of a list',
    z.enum(['inbound', 'outbound']),
  ),
  ref: known('The queue_id', z.string()),
};

const told = <T extends z.ZodMiniType>(description: string, schema: T) =>
  z.optional(describe(description, schema));
const seconds = (description: string) => told(description, z.number().check(z.gte(0)));
const time = (description: string) => told(description, z.int());
const agentsAt = (description: string) =>
  told(description, z.array(z.looseObject({ agent_id: z.string(), at: z.int() })));

/** What a CDR also has where the earlier hooks of its call told it: call-memory.lua.ts computes it. */
export const callFigures = {
  wait_seconds: seconds('From the call to its first bridge, or to its end'),
  talk_seconds: seconds('Of all bridges'),
  wrap_up_seconds: seconds('Of all processing'),
  transfers: told('How often another agent took the call over', z.int().check(z.gte(0))),
  offered_at: time('The first offering, epoch milliseconds'),
  answered_at: time('The first active or answered, epoch milliseconds'),
  agents_offered: agentsAt('Each offering to an agent that is known, epoch milliseconds'),
  agents_missed: agentsAt('Each missed of an agent that is known, epoch milliseconds'),
  completes: told(
    'The id of the record that was made before, since nothing came for CALL_DEADLINE',
    z.string(),
  ),
  incomplete: told('The leaving never came: what is known of the call. In INCOMPLETE_LISTS', z.literal(true)),
};

type Output<Shape extends z.core.$ZodLooseShape> = z.output<z.ZodMiniObject<Shape>>;

export type Call = Output<typeof callKeys>;
export type Status = Output<typeof statusKeys>;
export type Cdr = Output<typeof cdrKeys>;
export type Disposition = (typeof dispositions)[number];
