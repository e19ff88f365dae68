// What the console does with rights on the queues and on the door: on this machine, or with an operator's credentials.
import { readdir, readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { Publishing } from '../../lib/publish/relay.ts';
import type { Desk } from '../../live/console/desk.ts';
import { DEFAULT_TOKEN, root } from '../../local/settings.ts';
import { listenToLines } from '../../local/threads/log-lines.ts';
import type { Target } from '../target.ts';
import { Unanswered } from '../trouble.ts';
import { examineParts } from './health.ts';
import { countLines } from './lines.ts';
import { watchLists } from './lists.ts';
import { locateCdr } from './locate.ts';
import type { Metrics } from './metrics.ts';
import { openRefused } from './refused.ts';
import { tryHook } from './trial.ts';

export type DeskOptions = {
  /** asked until there is one: a run on this machine announces itself after its console */
  readonly findTarget: () => Promise<Target>;
  readonly publishing: Publishing;
  readonly cluster: boolean;
  /** under which name the functions of the run report; undefined where they run elsewhere */
  readonly figures?: string;
  /** what counts instead, of a deployment */
  readonly metrics?: Metrics;
};

/** Between two looks for another minute of the counts, ms. */
const REFRESH = 5_000;

export function openDesk({ publishing, cluster, figures, metrics, ...options }: DeskOptions): Desk {
  const findTarget = rememberTarget(options.findTarget);
  // It counts from the start on, whoever looks.
  const lines = figures === undefined ? undefined : countLines();
  const refused = openRefused(findTarget, lines?.describe ?? metrics?.describe);
  const watch = () => watchLists(findTarget, publishing.known.cdrLists, cluster);
  let lists = figures === undefined ? undefined : watch();
  if (figures !== undefined && lines !== undefined)
    listenToLines(figures, (line) => {
      const quarantined = lines.take(line, Date.now());
      if (quarantined) refused.hurry();
      else refused.publish();
    });
  return {
    describeDoor: async () => {
      const { door, token } = await findTarget();
      return { url: door, token: token === DEFAULT_TOKEN ? token : undefined };
    },
    watch: (hear) => {
      refused.watch(hear);
      const refresh = () => void (metrics?.refresh() ?? Promise.resolve()).then(refused.publish);
      refresh();
      const timer = setInterval(refresh, REFRESH);
      return () => {
        clearInterval(timer);
        refused.rest();
      };
    },
    show: refused.show,
    replay: refused.replay,
    locate: async (attempt, source) =>
      locateCdr(await findTarget(), publishing.known.cdrLists, cluster, attempt, source),
    examine: async () => {
      lists ??= watch();
      void metrics?.refresh();
      const findings = await examineParts(await findTarget(), publishing, cluster, lists, refused.findOldest);
      return [...findings, ...(metrics?.examine(Date.now()) ?? [])];
    },
    trial: async ({ token, body }) => {
      const { door, redis } = await findTarget();
      if (door === undefined) throw new Unanswered('the door is not named', 'name it with --url');
      return tryHook({ door, redis, cluster, publishing }, token, body);
    },
    writeFlow: async (url) => {
      const text = await readFile(join(root, 'docs/webitel-flow.json'), 'utf8');
      // The variable is Webitel's own word, `$${…}`; as a replacement, `$` would be a command.
      return text.replaceAll('$${HOOKLINE_URL}', () => JSON.stringify(url).slice(1, -1));
    },
    listExamples: async () => {
      const folder = join(root, 'events/webitel');
      const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));
      const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
      return Object.fromEntries(files.map((file, index) => [parse(file).name, texts[index] ?? '']));
    },
  };
}

/** Each target has connections of its own. */
function rememberTarget(find: () => Promise<Target>): () => Promise<Target> {
  let known: Target | undefined;
  return async () => {
    known ??= await find();
    return known;
  };
}
