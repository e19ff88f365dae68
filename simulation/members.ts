// Whom the simulated queues serve: who calls or writes in, and the members who are dialled.
import type { Fields } from './hook.ts';
import type { Random } from './random.ts';

const names = ['Taras Bondar', 'Halyna "Halia" O\'Shea', 'Іван Петренко', 'Maria Kovalenko', 'Oleh Bilyk'];
const nicknames = ['halyna', 'taras', 'maria', 'oleh', 'anna'];
/** Above what a double holds: an identifier that is not handled as text loses its last digit. */
const FIRST_MEMBER = 2n ** 53n + 1n;

const makeNumber = (random: Random) => `38050${`${random.below(10 ** 7)}`.padStart(7, '0')}`;

export function pickCaller(random: Random): Fields {
  const number = makeNumber(random);
  return { destination: number, destination_seq: '1', member_name: number };
}

export function pickWriter(random: Random): Fields {
  const nickname = random.pick(nicknames);
  return { destination: `@${nickname}`, destination_seq: '1', member_name: nickname };
}

/** A member of a dialler's list, before the first dial. */
export const pickDialledMember = (random: Random): Fields => ({
  ...pickMember(random),
  destination: makeNumber(random),
  member_name: random.pick(names),
  destination_type: '3',
  destination_description: 'mobile',
  member_timezone: 'Europe/Kyiv',
  bucket_id: '4',
  cc_resource_id: '9',
});

export const pickTaskMember = (random: Random): Fields => ({
  ...pickMember(random),
  destination: `task-${1000 + random.below(9000)}`,
  member_name: 'Check contract',
});

const pickMember = (random: Random): Fields => ({
  member_id: `${FIRST_MEMBER + BigInt(random.below(2 ** 31))}`,
  cc_attempt_seq: '1',
  destination_seq: '1',
  communication_id: '0',
});

/** The same member at the next attempt. */
export const planRedial = (earlier: Fields): Fields => ({
  ...earlier,
  cc_attempt_seq: `${Number(earlier['cc_attempt_seq']) + 1}`,
  destination_seq: `${Number(earlier['destination_seq']) + 1}`,
});

/** The leaving of a member who expired before any attempt: it has neither attempt nor channel, state nor time. */
export const expireMember = (random: Random): Fields => ({
  member_id: `${FIRST_MEMBER + BigInt(random.below(2 ** 31))}`,
  member_name: random.pick(names),
  member_stop_cause: 'expired',
  cc_result: 'expired',
  cc_attempt_seq: '0',
  queue_id: '51',
});
