// The types of Webitel's queues, and how an attempt of each is lived through (contract: the order of its hooks).
import { type Attempt, type Cause, type Course, makeUuid, openAttempt } from './attempt.ts';
import type { Fields } from './hook.ts';
import { pickCaller, pickDialledMember, pickTaskMember, pickWriter } from './members.ts';
import type { Random } from './random.ts';

export type QueueType = {
  readonly name: string;
  readonly channel: 'call' | 'chat' | 'im' | 'task';
  readonly queue: number;
  /** Does an agent report after the talk? */
  readonly processing: boolean;
  /** how often it occurs beside the others */
  readonly weight: number;
  readonly member: (random: Random) => Fields;
  /** Answers with what result it leaves; undefined when it never does. */
  readonly live: (course: Course, random: Random, processing: boolean) => string | undefined;
};

const dialler = { channel: 'call', processing: true, member: pickDialledMember } as const;

export const queueTypes: readonly QueueType[] = [
  {
    name: 'inbound call',
    channel: 'call',
    queue: 42,
    processing: true,
    weight: 6,
    member: pickCaller,
    live: playInboundCall,
  },
  {
    name: 'chat',
    channel: 'chat',
    queue: 70,
    processing: true,
    weight: 2,
    member: pickWriter,
    live: playChat,
  },
  { name: 'IM', channel: 'im', queue: 71, processing: false, weight: 1, member: pickWriter, live: playChat },
  { ...dialler, name: 'predictive', queue: 51, weight: 5, live: playPredictive },
  { ...dialler, name: 'progressive', queue: 54, processing: false, weight: 2, live: playProgressive },
  { ...dialler, name: 'preview', queue: 53, weight: 2, live: playPreview },
  { ...dialler, name: 'offline', queue: 50, weight: 2, live: playOffline },
  { ...dialler, name: 'outbound IVR', queue: 55, processing: false, weight: 2, live: playOutboundIvr },
  {
    name: 'task with agent',
    channel: 'task',
    queue: 80,
    processing: true,
    weight: 1,
    member: pickTaskMember,
    live: playAgentTask,
  },
  {
    name: 'task outbound',
    channel: 'task',
    queue: 81,
    processing: false,
    weight: 1,
    member: pickTaskMember,
    live: playOutboundTask,
  },
];

const weighted = queueTypes.flatMap((type) => Array.from({ length: type.weight }, () => type));

/** Any type, the frequent ones more often. */
export const pickQueueType = (random: Random): QueueType => random.pick(weighted);

/** An attempt of that type. @param member from the type, or from an earlier attempt by `planRedial` */
export function planAttempt(random: Random, type: QueueType, id: bigint, member: Fields): Attempt {
  const { channel, queue, processing, live } = type;
  const course = openAttempt(random, {
    ...member,
    channel,
    attempt_id: `${id}`,
    queue_id: `${queue}`,
    ...(processing && { use_processing: 'true' }),
  });
  const result = live(course, random, processing);
  if (result !== undefined) course.leave(result);
  return course.end();
}

function playInboundCall(course: Course, random: Random, processing: boolean): string {
  course.ring();
  course.wait(0.5, 2);
  course.accept();
  // A menu, before the queue.
  course.wait(3, 20);
  course.join();
  course.fire('joined');
  if (distribute(course, random, () => makeUuid(random))) {
    talk(course, random);
    course.hangUp('NORMAL_CLEARING');
    return report(course, random, processing);
  }
  // Who waited for too long goes on in the flow: that call isn't over.
  if (random.chance(0.7)) course.hangUp('ORIGINATOR_CANCEL');
  return 'abandoned';
}

/** A chat has no leg of an agent: both channel ids are the member's session. */
function playChat(course: Course, random: Random, processing: boolean): string {
  const session = makeUuid(random);
  course.join();
  course.fire('idle');
  course.learn({ member_channel_id: session });
  if (!distribute(course, random, () => session)) return 'abandoned';
  course.bridge();
  course.wait(30, 240);
  course.learn({ chat_transferred: 'false' });
  return report(course, random, processing);
}

function playPredictive(course: Course, random: Random, processing: boolean): string {
  course.join();
  // On a block list: nothing is dialled.
  if (random.chance(0.06)) return 'abandoned';
  course.wait(0.2, 2);
  course.ring();
  if (random.chance(0.4)) return failToAnswer(course, random);
  course.wait(4, 18);
  course.accept();
  course.wait(1, 3);
  if (random.chance(0.12)) {
    course.learn({ amd_result: 'MACHINE' });
    course.hangUp('NORMAL_UNSPECIFIED');
    return 'abandoned';
  }
  course.learn({ amd_result: 'HUMAN' });
  const taken = distribute(course, random, () => makeUuid(random));
  if (taken) talk(course, random);
  course.hangUp('NORMAL_CLEARING');
  return taken ? report(course, random, processing) : 'abandoned';
}

/** The member answers first, then the agent. */
function playProgressive(course: Course, random: Random, processing: boolean): string {
  course.join();
  course.wait(0.2, 2);
  course.ring();
  course.wait(4, 18);
  course.accept();
  course.wait(0.2, 1);
  course.offer(makeUuid(random));
  course.wait(1, 8);
  if (random.chance(0.15)) {
    course.hangUp('NORMAL_CLEARING');
    course.missForGood();
    return 'cancel';
  }
  talk(course, random);
  course.hangUp('NORMAL_CLEARING');
  return report(course, random, processing);
}

/** The agent answers first, on the one leg that there is. */
function playPreview(course: Course, random: Random, processing: boolean): string {
  const leg = makeUuid(random);
  course.join();
  course.wait(0.2, 2);
  course.ring(leg);
  course.offer(leg);
  if (random.chance(0.15)) {
    course.wait(15, 25);
    course.hangUp('NO_ANSWER');
    course.missForGood();
    return 'cancel';
  }
  course.wait(2, 8);
  course.accept();
  course.fire('active');
  if (random.chance(0.25)) {
    course.wait(20, 35);
    course.hangUp('NO_ANSWER');
    return report(course, random, processing, 'abandoned');
  }
  course.wait(4, 18);
  talk(course, random, false);
  course.hangUp('NORMAL_CLEARING');
  return report(course, random, processing);
}

/** Webitel knows the agent's leg alone: no member's channel, no figures, no cause; and no leaving once it is missed. */
function playOffline(course: Course, random: Random, processing: boolean): string | undefined {
  course.join();
  course.wait(0.2, 2);
  course.offer(makeUuid(random));
  if (random.chance(0.25)) {
    course.wait(15, 25);
    course.missForGood();
    return undefined;
  }
  course.wait(2, 8);
  course.fire('active');
  course.wait(4, 18);
  talk(course, random, false);
  return report(course, random, processing);
}

function playOutboundIvr(course: Course, random: Random): string {
  course.join();
  course.wait(0.5, 2);
  course.fire('joined');
  course.wait(0.1, 1);
  course.ring();
  course.fire('offering');
  if (random.chance(0.4)) return failToAnswer(course, random);
  course.wait(4, 18);
  course.accept();
  course.bridge();
  course.wait(8, 60);
  course.hangUp('NORMAL_CLEARING');
  return 'success';
}

function playAgentTask(course: Course, random: Random, processing: boolean): string {
  course.join();
  course.wait(0.1, 2);
  course.offer();
  course.wait(2, 12);
  if (random.chance(0.2)) {
    course.missForGood();
    return 'cancel';
  }
  course.bridge();
  course.wait(20, 200);
  return report(course, random, processing);
}

function playOutboundTask(course: Course, random: Random): string {
  course.join();
  course.wait(0, 0.1);
  course.fire('joined');
  course.wait(0.1, 1);
  course.bridge();
  course.wait(1, 20);
  return random.chance(0.8) ? 'success' : 'abandoned';
}

/** It is offered to agent after agent. Is it taken, before whoever waits gives up? */
function distribute(course: Course, random: Random, channel: () => string): boolean {
  for (;;) {
    course.wait(1, 10);
    if (random.chance(0.15)) return false;
    course.offer(channel());
    course.wait(2, 15);
    if (random.chance(0.75)) return true;
    course.miss();
  }
}

function talk(course: Course, random: Random, mayRepeat = true): void {
  course.bridge();
  course.wait(15, 150);
  if (!mayRepeat || !random.chance(0.15)) return;
  // After a hold.
  course.bridge();
  course.wait(5, 60);
}

/** What follows the talk; the result. An agent who reported during it has nothing left to process. */
function report(course: Course, random: Random, processing: boolean, result = 'success'): string {
  if (processing && random.chance(0.85)) {
    course.process();
    course.wait(4, 40);
  }
  return result;
}

const failures: readonly (readonly [cause: Cause, least: number, most: number])[] = [
  ['NO_ANSWER', 25, 40],
  ['NO_ANSWER', 25, 40],
  ['USER_BUSY', 1, 4],
  ['CALL_REJECTED', 3, 12],
  ['UNALLOCATED_NUMBER', 1, 3],
];

function failToAnswer(course: Course, random: Random): string {
  const [cause, least, most] = random.pick(failures);
  course.wait(least, most);
  course.hangUp(cause);
  return 'abandoned';
}
