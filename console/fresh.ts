// Makes of an example a call of now that nobody saw before.

/** What looks like an epoch time in milliseconds. */
const isMoment = (value: unknown) => /^1\d{12}$/.test(String(value));

/** The same body with a new attempt, its times moved so that it happens now; a body that is no JSON as it is. */
export function refreshHook(body: string): string {
  const fields = parse(body);
  if (fields === undefined) return body;
  const now = Date.now();
  const times = Object.values(fields).filter(isMoment).map(Number);
  const ahead = times.length === 0 ? 0 : now - Math.max(...times);
  const fresh = Object.entries(fields).map(([name, value]) => {
    if (name === 'attempt_id') return [name, `${now}`];
    return [name, isMoment(value) ? move(value, ahead) : value];
  });
  return JSON.stringify(Object.fromEntries(fresh), null, 2);
}

const move = (value: unknown, ahead: number) =>
  typeof value === 'number' ? value + ahead : `${Number(value) + ahead}`;

function parse(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const fields: unknown = JSON.parse(body);
    return typeof fields === 'object' && fields !== null ? { ...fields } : undefined;
  } catch {
    return undefined;
  }
}
