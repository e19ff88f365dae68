// A hook that is planned: its fields, and its times counted from a beginning that is not fixed yet.

/** One hook's fields as an object template sends them: all text. */
export type Fields = Readonly<Record<string, string>>;

export type Hook = {
  /** when it fires, in milliseconds from the beginning */
  readonly at: number;
  /** the fields that are times, counted likewise */
  readonly times: Readonly<Record<string, number>>;
  readonly fields: Fields;
};

/** The same hook, with all its times later by so many milliseconds. */
export const delayHook = (hook: Hook, by: number): Hook => ({
  ...hook,
  at: hook.at + by,
  times: Object.fromEntries(Object.entries(hook.times).map(([name, time]) => [name, time + by])),
});

/** The fields as they are sent. @param beginning epoch milliseconds */
export const dateHook = ({ fields, times }: Hook, beginning: number): Fields => ({
  ...fields,
  ...Object.fromEntries(Object.entries(times).map(([name, time]) => [name, `${beginning + time}`])),
});

/** Does it make a CDR? A leaving of a call does, unless nothing was dialled. */
export const makesCdr = ({
  state,
  channel,
  member_channel_id = '',
  call_cause = '',
  bridged_at = '',
}: Fields): boolean =>
  state === 'leaving' && channel === 'call' && member_channel_id + call_cause + bridged_at !== '';
