// Asks the gateway that served the page, and nobody else.
import type {
  Call,
  Deliveries,
  Examples,
  Finding,
  Me,
  Messages,
  RefusedDelivery,
  Replayed,
  ReplayRequest,
  Whereabouts,
} from '../live/console/schema.ts';

/** Why something was not answered, in words for people. */
export class NotAnswered extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'NotAnswered';
    this.status = status;
  }
}

async function ask<T>(path: string, body?: object): Promise<T> {
  const request =
    body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(`/console/api/${path}`, request).catch(() => {
    throw new NotAnswered(0, 'The gateway gives no answer.');
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok)
    throw new NotAnswered(response.status, answer.detail ?? `The answer was ${response.status}.`);
  return answer;
}

const write = (parameters: Readonly<Record<string, string | null | undefined | false>>): string =>
  new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  ).toString();

const shown = (reveal: boolean) => reveal && '1';

export const login = (name: string, password: string) => ask<object>('login', { login: name, password });
export const logout = () => ask<object>('logout', {});
export const findMe = () => ask<Me>('me');
export const findDeliveries = (attempt: string, agent: string) =>
  ask<Deliveries>(`deliveries?${write({ attempt, agent })}`);
export const findCall = (attempt: string, source: string | null, reveal: boolean) =>
  ask<Call>(`call?${write({ attempt, source, reveal: shown(reveal) })}`);
export const findEvent = (id: string, reveal: boolean) =>
  ask<Call>(`call?${write({ id, reveal: shown(reveal) })}`);
export const findRefused = (id: string, reveal: boolean) =>
  ask<RefusedDelivery>(`refused?${write({ id, reveal: shown(reveal) })}`);
export const findCdr = (attempt: string, source: string | null) =>
  ask<Whereabouts>(`cdr?${write({ attempt, source })}`);
export const replay = (request: ReplayRequest) => ask<Replayed>('replay', request);
export const findHealth = () => ask<{ findings: Finding[] }>('health');
export const findExamples = () => ask<Examples>('examples');
export const tryHook = (token: string, body: string) => ask<Messages>('trial', { token, body });
export const writeFlow = (url: string) => ask<{ flow: string }>('flow', { url });
