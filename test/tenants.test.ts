// Many tenants on one Redis: each under a base of its own, as an ACL user that can touch nothing else.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startBridge } from '../local/bridge.ts';
import { scratch } from '../local/scratch.ts';
import { grants } from './support/acl.ts';
import { fileText, poster, type Said, startTestRedis, TOKEN, until } from './support/stack.ts';

describe('two tenants on one Redis', () => {
  it('see nothing of each other, and could not', async () => {
    await using stack = new AsyncDisposableStack();
    const redis = stack.use(await startTestRedis());
    const start = async (tenant: string, base: string, newfiesChannel?: string) => {
      const rights = grants(base, newfiesChannel);
      await redis.client.call('ACL', 'SETUSER', tenant, 'on', '>secret', ...rights);
      const url = redis.server.url.replace('//', `//${tenant}:secret@`);
      const folder = stack.use(await scratch());
      const own = { TENANT: tenant, ENIGMA_BASE: base, REDIS_URL: url, HOOK_TOKENS: TOKEN };
      const newfies = { DIALECTS: 'enigma,newfies', NEWFIES_CHANNEL: newfiesChannel };
      const env = { ...own, NOTIFY_TTL: '3600', ...(newfiesChannel !== undefined && newfies) };
      const bridge = await startBridge({ port: 0, buildFolder: folder.path, quiet: true, env });
      stack.defer(bridge.stop);
      return { post: poster(bridge.url), url };
    };
    const acme = await start('acme', 'acme:notifications', 'acme_events');
    const bolt = await start('bolt', 'bolt:notifications');

    // The same call on both: attempt ids are unique inside one installation only.
    for (const name of ['bridged', 'leaving']) {
      for (const { post } of [acme, bolt])
        assert.equal(
          (await post('/hooks/webitel', await fileText(`events/webitel/${name}.json`))).status,
          202,
        );
    }
    const of = (base: string) => redis.heard.filter(({ channel }: Said) => channel.startsWith(base));
    await until('both', () => redis.heard.length === 13);
    assert.deepEqual([of('acme:').length, of('bolt:').length, of('acme_events').length], [6, 6, 1]);
    for (const base of ['acme', 'bolt'])
      assert.equal(await redis.client.llen(`${base}:notifications:campaigns`), 1);
    const keys = await redis.client.keys('*');
    assert.deepEqual(
      keys.filter((key) => !/^\{?(?:acme|bolt):notifications:/.test(key)),
      [],
    );

    // acme's user on bolt's base: nothing is said or pushed.
    const folder = stack.use(await scratch());
    const thief = await startBridge({
      port: 0,
      buildFolder: folder.path,
      quiet: true,
      env: { TENANT: 'acme', ENIGMA_BASE: 'bolt:notifications', REDIS_URL: acme.url, HOOK_TOKENS: TOKEN },
      events: { VisibilityTimeout: '1' },
    });
    stack.defer(thief.stop);
    await poster(thief.url)('/hooks/webitel', await fileText('events/webitel/predictive-leaving.json'));
    await until('the refusal', async () => /NOPERM|can't/.test(await refusals(redis.client)));
    assert.equal(await redis.client.llen('bolt:notifications:campaigns'), 1);
    assert.equal(of('bolt:').length, 6);
  });
});

/** What Redis has refused: the log of its ACL. */
const refusals = async (client: { call: (command: string, ...args: string[]) => Promise<unknown> }) =>
  JSON.stringify(await client.call('ACL', 'LOG')).includes('"acme"') ? 'NOPERM' : '';
