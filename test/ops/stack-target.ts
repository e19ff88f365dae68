// A whole system as a target of the operators' commands.
import type { Target } from '../../ops/target.ts';
import { type startStack, TOKEN } from '../support/stack.ts';

export type Stack = Awaited<ReturnType<typeof startStack>>;

export const targetOf = ({ queue, bridge, server }: Stack): Target => ({
  sqs: queue,
  urls: bridge.sqs.queues,
  tenant: 'default',
  queues: { 42: { name: 'sales' } },
  door: bridge.url,
  token: TOKEN,
  redis: server.url,
});

export type Words = { readonly type: string; readonly payload: Record<string, unknown> };

export const wordsOf = ({ heard }: Stack): Words[] => heard.map(({ message }) => message as Words);
