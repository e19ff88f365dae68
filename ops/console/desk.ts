// What the console does with rights on the queues and on the door: on this machine, or with an operator's credentials.
import { readdir, readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { Desk } from '../../live/console/desk.ts';
import type { Publishing } from '../../live/state/timeline.ts';
import { DEFAULT_TOKEN, root } from '../../local/settings.ts';
import { listenToLines } from '../../local/threads/log-lines.ts';
import type { Target } from '../target.ts';
import { Unanswered } from '../trouble.ts';
import { examineParts } from './health.ts';
import { countLines, type Lines } from './lines.ts';
import { type ListWatch, watchLists } from './lists.ts';
import { type Refused, watchRefused } from './refused.ts';
import { tryHook } from './trial.ts';

export type DeskOptions = {
  /** found anew each time: a run on this machine may begin after its console */
  readonly findTarget: () => Promise<Target>;
  readonly publishing: Publishing;
  readonly cluster: boolean;
  /** is the log of the functions to be had in this process? */
  readonly readsLog: boolean;
};

/** Between two looks for another minute of the counts, ms. */
const REFRESH = 5_000;

export function openDesk({ findTarget, publishing, cluster, readsLog }: DeskOptions): Desk {
  // It counts from the start on, whoever looks.
  const lines = readsLog ? countLines() : undefined;
  let refused: Refused | undefined;
  let lists: ListWatch | undefined;
  if (lines !== undefined) {
    void followLog(findTarget, lines, () => refused);
    lists = watchLists(findTarget, publishing.known.cdrLists, cluster);
  }
  const needRefused = (): Refused => {
    refused ??= watchRefused(findTarget, lines, () => undefined);
    return refused;
  };

  return {
    describeDoor: async () => {
      const { door, token } = await findTarget();
      return { url: door, token: token === DEFAULT_TOKEN ? token : undefined };
    },
    watch: (hear) => {
      refused?.stop();
      const watching = watchRefused(findTarget, lines, hear);
      refused = watching;
      const timer = setInterval(watching.publish, REFRESH);
      return () => {
        clearInterval(timer);
        watching.stop();
        if (refused === watching) refused = undefined;
      };
    },
    show: (id, reveal) => needRefused().show(id, reveal),
    replay: (request) => needRefused().replay(request),
    examine: async () => {
      lists ??= watchLists(findTarget, publishing.known.cdrLists, cluster);
      return examineParts(await findTarget(), publishing, cluster, lists, () => needRefused().findOldest());
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

/** The run announces itself when all its parts are there: until then nobody knows its queue. */
async function followLog(
  findTarget: () => Promise<Target>,
  lines: Lines,
  current: () => Refused | undefined,
): Promise<void> {
  const target = await findTarget().catch(() => undefined);
  if (target === undefined) {
    setTimeout(() => void followLog(findTarget, lines, current), 500).unref();
    return;
  }
  listenToLines(target.urls.events, (line) => {
    const quarantined = lines.take(line, Date.now());
    const refused = current();
    if (quarantined) refused?.hurry();
    else refused?.publish();
  });
}
