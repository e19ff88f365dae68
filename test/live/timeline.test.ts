// One call as a timeline: its events, and what each made.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dialects } from '../../lib/publish/dialects/index.ts';
import { lifecycleMessage } from '../../lib/publish/lifecycle.ts';
import { makeStep, makeTimeline, readPublished, type Step } from '../../live/state/timeline.ts';
import { exampleEvent, examples, places } from '../support/dialect-suite.ts';
import { hook, SECOND } from '../support/history.ts';

const publishing = { dialects: [dialects.enigma.dialect], known: places };

const readMessage = (text: string) => readPublished(JSON.parse(text).payload);
const timeline = (...events: Parameters<typeof makeTimeline>[0]) =>
  makeTimeline(events, '1', undefined, publishing);
const outcomes = (steps: readonly Step[]) =>
  steps.map(({ event, made }) => [
    event.event,
    ...made.map(({ places: [place = ''], outcome }) => `${place.replace(places.base, '')} ${outcome}`),
  ]);
const live = (event: Parameters<typeof makeStep>[0]['event']) => ({ event, late: false });

describe('a timeline', () => {
  it('has the events of the attempt alone, in the order in which they happened', () => {
    const steps = timeline(
      live(hook('offering', 2 * SECOND)),
      live(hook('joined', SECOND)),
      live(hook('joined', 0, { attempt_id: '2' })),
      live(hook('leaving', 0, { source: 'crm' })),
    );
    assert.deepEqual(
      steps.map(({ event }) => event.event),
      ['joined', 'offering'],
    );
  });

  it('has what each event made, and one CDR in each list however often the call leaves', () => {
    const of = { agent_extension: '1003', agent_id: '19', agent_channel_id: 'x' };
    const left = { call_cause: 'NORMAL_CLEARING', bridged_at: 1 };
    const steps = timeline(
      live(hook('bridged', SECOND, of)),
      live(hook('bridged', 5 * SECOND, of)),
      live(hook('processing', 4 * SECOND, of)),
      live(hook('leaving', 6 * SECOND, left)),
      live(hook('leaving', 7 * SECOND, left)),
    );
    assert.deepEqual(outcomes(steps), [
      ['bridged', ':queues:51 made', ':agents:1003 made', ':agents:1003 made'],
      ['processing', ':queues:51 made', ':agents:1003 older'],
      ['bridged', ':queues:51 made', ':agents:1003 repeat', ':agents:1003 made'],
      ['leaving', ':campaigns made', ':queues:51 made'],
      ['leaving', ':campaigns repeat', ':queues:51 made'],
    ]);
  });

  it('has the messages for agents that came too late as not sent', () => {
    const event = hook('bridged', 0, { agent_extension: '1003' });
    assert.deepEqual(outcomes(timeline({ event, late: true })), [
      ['bridged', ':queues:51 made', ':agents:1003 late', ':agents:1003 late'],
    ]);
  });
});

describe('an entry of the stream', () => {
  it('is read as the very event that was published, and makes the same message again', async () => {
    for (const name of examples)
      for (const late of [false, true]) {
        const event = await exampleEvent(name);
        const { message } = lifecycleMessage(places.base, event, late);
        const published = readMessage(message);
        assert.equal(published.late, late);
        const own = makeStep(published, publishing).made.find(({ kind }) => kind === 'event');
        assert.deepEqual(JSON.parse(own?.message ?? ''), JSON.parse(message), name);
      }
  });

  it('that is no event is rejected', () => {
    for (const payload of [undefined, 'joined', { event: 'joined' }])
      assert.throws(() => readPublished(payload), { name: 'Rejected' });
  });
});
