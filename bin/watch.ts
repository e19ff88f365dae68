// hookline watch: a live view of what is said on Redis.
import { Command } from 'commander';
import { consumerConfig, listKeys } from '../lib/config.ts';
import { findTarget, onTarget, type TargetOptions, withRedis } from '../ops/target.ts';
import { type Filter, type Heard, watch as listen, passes } from '../ops/watch.ts';

type Options = TargetOptions & Filter & { readonly json?: true; readonly reveal?: true };

export const watch = withRedis(onTarget(new Command('watch')))
  .description('a live view of the channels and the lists; Ctrl-C ends it')
  .option('--queue <id>', 'only this queue')
  .option('--agent <extension>', 'only this agent, by extension or agent_id')
  .option('--type <type>', 'only this type: joined … leaving, call, status')
  .option('--reveal', 'with --json, the whole message, personal data included')
  .addHelpText('after', '\nExample:\n  hookline watch --queue 42 --type leaving --json')
  .action(async (options: Options) => {
    const { redis } = await findTarget(options);
    if (redis === undefined) throw new Error('name the Redis with --redis or REDIS_URL');
    const config = consumerConfig({ ...process.env, REDIS_URL: redis });
    const ended = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
    let told = '';
    const hear = (heard: Heard) => {
      if (passes(heard, options))
        console.log(options.json ? JSON.stringify(options.reveal ? heard : impersonal(heard)) : line(heard));
    };
    const tellLists = (lengths: ReadonlyMap<string, number>) => {
      const text = [...lengths].map(([list, length]) => `${list} ${length}`).join('  ');
      if (text !== told)
        console.log(
          options.json
            ? JSON.stringify({ at: Date.now(), lists: Object.fromEntries(lengths) })
            : `${clock(Date.now())}  lists  ${text}`,
        );
      told = text;
    };
    await listen(
      redis,
      config.REDIS_CLUSTER === 'true',
      config.ENIGMA_BASE,
      listKeys(config),
      hear,
      tellLists,
      ended.signal,
    );
  });

const clock = (at: number) => new Date(at).toISOString().slice(11, 23);

/** What happened, to which attempt and agent: nothing personal. */
const shown = [
  'event',
  'id',
  'queue_id',
  'attempt_id',
  'call_ref',
  'agent_extension',
  'extension',
  'agent',
  'status',
  'cc_result',
  'call_cause',
  'late',
];

function impersonal({ payload, ...heard }: Heard): Heard {
  return {
    ...heard,
    payload: Object.fromEntries(shown.flatMap((name) => (name in payload ? [[name, payload[name]]] : []))),
  };
}

function line({ at, where, type, payload }: Heard): string {
  const parts = shown
    .slice(3)
    .flatMap((name) =>
      payload[name] === undefined || payload[name] === null ? [] : [`${name}=${payload[name]}`],
    );
  return [clock(at), type.padEnd(12), where, ...parts].join('  ');
}
