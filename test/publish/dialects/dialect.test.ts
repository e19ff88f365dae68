import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventNames } from '../../../lib/event.ts';
import { type Dialect, speak } from '../../../lib/publish/dialects/dialect.ts';
import { dialectSettings, dialects } from '../../../lib/publish/dialects/index.ts';
import { exampleEvent } from '../../support/dialect-suite.ts';

describe('a dialect', () => {
  it('makes of an event what its function says, and nothing where it has none', async () => {
    const dialect: Dialect<number, number> = {
      joined: (_event, known) => [known],
      offering: null,
      active: null,
      answered: null,
      bridged: null,
      missed: null,
      processing: null,
      leaving: null,
      agent_status: null,
    };
    assert.deepEqual(speak(dialect, await exampleEvent('joined'), 7), [7]);
    assert.deepEqual(speak(dialect, await exampleEvent('missed'), 7), []);
  });
});

describe('the dialects on Redis', () => {
  it('decide about every event, and name the channels of their own by their settings', () => {
    for (const { dialect } of Object.values(dialects))
      assert.deepEqual(Object.keys(dialect).sort(), [...eventNames].sort());
    assert.deepEqual(dialects.newfies.listChannels({ NEWFIES_CHANNEL: 'c' }), ['c']);
    assert.deepEqual(Object.keys(dialectSettings), ['NEWFIES_CHANNEL']);
  });
});
