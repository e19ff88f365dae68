// What REDIS_WAIT_REPLICAS holds through a fail-over, and what it can't: the table in docs/reliability.md.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startProxy, type TcpProxy } from '../../chaos/proxy.ts';
import { CdrWaits } from '../../lib/publish/publication.ts';
import { entry, LIST, publication, publisherAt } from '../support/publications.ts';
import { startTestRedis, until } from '../support/stack.ts';

type Node = Awaited<ReturnType<typeof startTestRedis>>;

/** A primary, and replicas on links that can be cut. */
async function startReplicas(stack: AsyncDisposableStack, count: number) {
  const primary = stack.use(await startTestRedis(['--repl-diskless-sync-delay', '0']));
  const replicas: { readonly node: Node; readonly link: TcpProxy }[] = [];
  for (let index = 0; index < count; index++) {
    const link = await startProxy(0, Number(new URL(primary.server.url).port));
    stack.defer(link.stop);
    const node = stack.use(await startTestRedis());
    await node.client.replicaof('127.0.0.1', link.port);
    await until('the replica', async () =>
      (await node.client.info('replication')).includes('master_link_status:up'),
    );
    replicas.push({ node, link });
  }
  await until('all of them', async () =>
    (await primary.client.info('replication')).includes(`connected_slaves:${count}`),
  );
  return { primary, replicas };
}

/** The primary dies, and this one takes its place. */
async function failOver(primary: Node, { node }: { readonly node: Node }): Promise<void> {
  process.kill(primary.server.pid, 'SIGKILL');
  await node.client.replicaof('NO', 'ONE');
}

const batch = [publication('a', entry(1))];

describe('a primary with two replicas, of which one is cut off, dies, and that one is promoted', () => {
  for (const [replicas, fate] of [
    [1, 'lost'],
    [2, 'kept'],
  ] as const) {
    it(`REDIS_WAIT_REPLICAS=${replicas}: the CDR is ${fate}`, async () => {
      await using stack = new AsyncDisposableStack();
      const { primary, replicas: nodes } = await startReplicas(stack, 2);
      const [, behind] = nodes;
      assert.ok(behind);
      behind.link.shut();
      const publish = publisherAt(primary.server.url, { replicas });
      // A busy replica may need longer than is waited for.
      if (fate === 'lost') await until('the other', async () => (await publish(batch))[0] === undefined);
      else assert.ok((await publish(batch))[0] instanceof CdrWaits);
      await failOver(primary, behind);
      if (fate === 'kept') {
        // It is still in the queue, and comes again.
        assert.deepEqual(await publisherAt(behind.node.server.url)(batch), [undefined]);
      }
      assert.equal(await behind.node.client.llen(LIST), fate === 'lost' ? 0 : 1);
    });
  }
});

describe('a CDR that a worker popped before any replica had it', () => {
  it('comes a second time after the primary has died: whoever pops must know it by its attempt', async () => {
    await using stack = new AsyncDisposableStack();
    const { primary, replicas } = await startReplicas(stack, 1);
    const [replica] = replicas;
    assert.ok(replica);
    replica.link.shut();
    const [outcome] = await publisherAt(primary.server.url, { replicas: 1 })(batch);
    assert.ok(outcome instanceof CdrWaits);
    assert.equal(await primary.client.rpop(LIST), '"1"');
    await failOver(primary, replica);
    assert.deepEqual(await publisherAt(replica.node.server.url)(batch), [undefined]);
    assert.equal(await replica.node.client.rpop(LIST), '"1"');
  });

  it('is no longer pushed at all once min-replicas-to-write notices', async () => {
    await using stack = new AsyncDisposableStack();
    const { primary, replicas } = await startReplicas(stack, 1);
    await primary.client.config('SET', 'min-replicas-to-write', '1', 'min-replicas-max-lag', '1');
    replicas[0]?.link.shut();
    await until('the primary to notice', async () =>
      (await primary.client.info('replication')).includes('min_slaves_good_slaves:0'),
    );
    await assert.rejects(async () => publisherAt(primary.server.url, { replicas: 1 })(batch), /NOREPLICAS/);
    assert.equal(await primary.client.llen(LIST), 0);
  });
});
