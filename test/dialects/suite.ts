// What every dialect is held to: each example payload is said as its golden file has it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Dialect, type Places, speak } from '../../lib/dialects/dialect.ts';
import type { QueueEvent } from '../../lib/event.ts';
import { lifecycleMessage } from '../../lib/lifecycle.ts';
import type { Notification } from '../../lib/notification.ts';
import { receive } from '../../lib/receive.ts';
import { payload } from '../stack.ts';

export const places: Places = {
  base: 'enigma:notifications',
  agentTypes: ['agents', 'agent'],
  cdrLists: ['enigma:notifications:campaigns'],
};

const root = join(import.meta.dirname, '../..');

/** The names of the example payloads. */
export const examples = readdirSync(join(root, 'events/webitel')).map((file) => file.replace('.json', ''));

/** An example as the door would enqueue it; fields may be replaced. Its clock stands still. */
export async function exampleEvent(name: string, fields: object = {}): Promise<QueueEvent> {
  const body = Buffer.from(JSON.stringify({ ...(await payload(name)), ...fields }));
  const known = { tenant: 'default', queues: { 51: { name: 'winback', direction: 'outbound' as const } } };
  const event = await receive({ body, receivedAt: 1782900000100 }, known, async () => undefined);
  // What has neither timestamp nor key gets a random id.
  return event.timestamp === undefined ? { ...event, id: '0'.repeat(32) } : event;
}

/** A notification as the golden files have it: where, and what, the JSON text parsed. */
export const heard = (notification: Notification): object[] =>
  'list' in notification
    ? [{ list: notification.list, entry: JSON.parse(notification.message) }]
    : notification.channels.map((channel) => ({ channel, message: JSON.parse(notification.message) }));

/** Runs the suite. UPDATE_GOLDEN=1 writes the golden files instead: the diff is then the review. */
export function dialectSuite(name: string, dialect: Dialect): void {
  describe(`${name} says the golden words`, () => {
    for (const example of examples) {
      it(example, async () => {
        const event = await exampleEvent(example);
        const said = [lifecycleMessage(places.base, event, 1, 0), ...speak(dialect, event, places)].flatMap(
          heard,
        );
        const file = join(root, 'test/golden', name, `${example}.json`);
        if (process.env['UPDATE_GOLDEN'] !== undefined)
          writeFileSync(file, `${JSON.stringify(said, null, 2)}\n`);
        assert.deepEqual(said, JSON.parse(readFileSync(file, 'utf8')));
      });
    }
  });
}
