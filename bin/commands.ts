// The commands, in the order of the help. Each is loaded only when it is called: its libraries take longer than the help.
import type { Command } from 'commander';

type Entry = {
  /** how the help of all lists it; its first word is the name */
  readonly term: string;
  readonly description: string;
  readonly load: () => Promise<Command>;
};

export const commands: readonly Entry[] = [
  {
    term: 'start',
    description: 'run the whole bridge on this machine, until it is stopped',
    load: async () => (await import('./start.ts')).start,
  },
  {
    term: 'send [options] <files...>',
    description: 'post payload files to the door, one after the other, and print the answers',
    load: async () => (await import('./send.ts')).send,
  },
  {
    term: 'watch [options]',
    description:
      'a live view of the channels and the lists, until Ctrl-C; exit 1 when Redis does not answer any more',
    load: async () => (await import('./watch.ts')).watch,
  },
  {
    term: 'call [options] <attempt_id>',
    description: "one call's hooks, what each made, and where its CDR is; exit 1 when nothing is known of it",
    load: async () => (await import('./call.ts')).call,
  },
  {
    term: 'simulate [options]',
    description:
      'calls of all queue types and their agents, through the door: their CDRs are as real as any; exit 1 when a hook is not accepted',
    load: async () => (await import('./simulate.ts')).simulate,
  },
  {
    term: 'doctor [options]',
    description:
      'examine queues and Redis, and send a canary through the real door; exit 0 good, 2 a warning, 1 a failure',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    term: 'quarantine',
    description: 'what the door refused: see, mend, replay or drop it',
    load: async () => (await import('./quarantine.ts')).quarantine,
  },
  {
    term: 'dead-letters',
    description: 'what the events queue gave up on after 1,000 receives: see, redrive or drop it',
    load: async () => (await import('./dead-letters.ts')).deadLetters,
  },
  {
    term: 'move [options]',
    description: "take a tenant's lists, markers and stream to another Redis; may be run again at any time",
    load: async () => (await import('./move.ts')).move,
  },
  {
    term: 'test [options] [files...]',
    description: 'run every test, or those of some files',
    load: async () => (await import('./test.ts')).test,
  },
  {
    term: 'package [options]',
    description: "package what is deployed, as the tenants' files have it: bundles and template, offline",
    load: async () => (await import('./package.ts')).pack,
  },
  {
    term: 'deploy [options] [tenants...]',
    description:
      'deploy tenants as their files have them: shows what would change, goes in waves, stops at the first failure or alarm; run again, it goes on where it stopped',
    load: async () => (await import('./deploy.ts')).deploy,
  },
  {
    term: 'rollback [options] <tenants...>',
    description:
      'go back to the code and the settings that were deployed before; the queues, the secret and Redis stay as they are, and so does the file: the next deploy is as the file has it',
    load: async () => (await import('./rollback.ts')).rollback,
  },
  {
    term: 'drain [options] <tenant>',
    description:
      'close the door (503 with Retry-After; a hook that comes is lost), and wait until the events queue is empty; the next deploy opens it again',
    load: async () => (await import('./drain.ts')).drain,
  },
  {
    term: 'remove [options] <tenant>',
    description:
      'remove the stack of a tenant; refuses while hooks come or events wait; queues and logs stay, and a new deploy takes them over',
    load: async () => (await import('./remove.ts')).remove,
  },
  {
    term: 'fleet [options]',
    description: 'how every tenant of a stage does, worst first; exit 1 when something is wrong',
    load: async () => (await import('./fleet.ts')).fleet,
  },
  {
    term: 'bench [options] [names...]',
    description: 'measure, and print a table and JSON lines',
    load: async () => (await import('./bench.ts')).bench,
  },
  {
    term: 'chaos [options]',
    description:
      'send calls through the bridge while its parts die, and balance a ledger; exit 1 on a breach',
    load: async () => (await import('./chaos.ts')).chaos,
  },
  {
    term: 'fuzz [options]',
    description:
      'throw broken hooks and CloudEvents at the endpoint; exit 1 when one is answered 5xx or not kept',
    load: async () => (await import('./fuzz.ts')).fuzz,
  },
  {
    term: 'cost [options]',
    description: 'US dollars for a million events on AWS, by front door and rate; nothing is asked of AWS',
    load: async () => (await import('./cost.ts')).cost,
  },
  {
    term: 'contracts [options]',
    description: 'write OpenAPI, AsyncAPI and the JSON Schemas into contracts/',
    load: async () => (await import('./contracts.ts')).contracts,
  },
  {
    term: 'console [options]',
    description:
      'serve the console on this machine alone, with your AWS credentials: hooks, refused ones too, the wall, trial and health',
    load: async () => (await import('./console.ts')).consolePage,
  },
];
