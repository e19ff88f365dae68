// What a gateway with rights on the queues is given, without queues.
import type { Desk } from '../../live/console/desk.ts';
import type { RefusedNews } from '../../live/console/schema.ts';

export const NEWS: RefusedNews = {
  refused: [],
  kept: 0,
  failure: null,
  counts: null,
};

/** A desk with one refused hook, `1`, whose door is away. @param news what who watches hears */
export function openDesk(news: RefusedNews = NEWS) {
  let watched = 0;
  const row = { id: '1', received_at: 0, status: 422, path: '/', detail: '', problems: [] };
  const names = { event: null, queue: null, attempt: null, agent: null };
  const desk: Desk = {
    describeDoor: async () => ({ url: 'http://door', token: undefined }),
    watch: (hear) => {
      watched++;
      hear(news);
      return () => {
        watched--;
      };
    },
    show: async (id, revealed) =>
      id === '1' ? { ...row, ...names, fields: null, body: '', revealed } : undefined,
    replay: async ({ id, dry }) =>
      id === '1' ? { accepted: !dry, event: null, event_id: null, reason: null, problems: [] } : undefined,
    locate: async (attempt) => ({ cdrs: [{ list: 'campaigns', where: attempt }] }),
    examine: async () => [{ check: 'Redis', state: 'good', detail: '' }],
    trial: async () => {
      throw Object.assign(new Error('the door is away'), { remedy: 'start it' });
    },
    writeFlow: async (url) => url,
    listExamples: async () => ({ joined: '{}' }),
  };
  return { desk, watched: () => watched };
}
