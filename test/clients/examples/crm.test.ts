// The CRM example: posts its calls through a whole bridge, and gets their CDRs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startProxy } from '../../../chaos/proxy.ts';
import { fileText, payload, startStack, until } from '../../support/stack.ts';
import { startExample } from './program.ts';

const LIST = 'enigma:notifications:crm';

describe('the CRM example', () => {
  it('posts until the door has an event, names what is refused, and gets the CDRs of its own calls', async () => {
    await using stack = await startStack({ CDR_LISTS: 'campaigns,crm' });
    const proxy = await startProxy(0, Number(new URL(stack.bridge.url).port));
    try {
      proxy.shut();
      const webitel = JSON.stringify(await payload('leaving'));
      assert.equal((await stack.post('/hooks/webitel', webitel)).status, 202);
      await until('the CDR of another source', () => stack.client.llen(LIST));
      await using crm = startExample(process.execPath, ['clients/examples/crm/crm.ts'], {
        DOOR: `http://127.0.0.1:${proxy.port}`,
        REDIS_URL: stack.server.url,
      });
      const calls = await fileText('clients/examples/crm/calls.jsonl');
      crm.child.stdin?.write('{"id":"bad","event":"leaving","data":{"channel":"call"}}\n');
      // The whole call twice: the second time it is the same events.
      crm.child.stdin?.write(`${calls}${calls}`);
      await until('the other CDR taken', async () => (await stack.client.llen(LIST)) === 0);
      assert.equal(crm.output(), '');
      proxy.open();
      await until('all posted', () => crm.output().match(/posted call-1\/leaving/g)?.length === 2);
      await until('the ticket', () => crm.output().includes('ticket'));
      proxy.shut();
      crm.child.stdin?.end('{"id":"later","event":"joined","data":{"channel":"call","attempt_id":"2"}}\n');
      assert.equal(await crm.end('SIGTERM'), 0, crm.output());
      assert.match(crm.output(), /^refused bad: .*"path":"attempt_id"/m);
      assert.deepEqual(crm.output().match(/^ticket.*$/gm)?.length, 1);
      assert.match(crm.output(), /^ticket T-1: hungup, 85 s, CDR [0-9a-f]{32}$/m);
      assert.equal(await stack.client.llen('enigma:notifications:campaigns'), 2);
    } finally {
      await proxy.stop();
    }
  });
});
