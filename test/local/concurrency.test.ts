// Tenants that together need more of Lambda than an account has are told so.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explainConcurrency } from '../../local/concurrency.ts';
import { makeDeployment } from '../../local/deployment.ts';
import { readTenantFile } from '../../local/tenant-file.ts';

const tenants = (count: number, settings: object = {}) =>
  Array.from({ length: count }, (_, index) =>
    makeDeployment('prod', `t${index}`, readTenantFile(JSON.stringify({ settings }))),
  );

describe('the tenants of a region', () => {
  it('fit into an account as long as a hundred are left to the webhooks', () => {
    assert.deepEqual(explainConcurrency([]), []);
    assert.deepEqual(explainConcurrency(tenants(81)), []);
    assert.deepEqual(explainConcurrency(tenants(200, { consumerConcurrency: 2 })), []);
    assert.deepEqual(explainConcurrency(tenants(90, { memory: 'off' })), []);
    // Each region has its own.
    assert.deepEqual(explainConcurrency([...tenants(81), ...tenants(81, { region: 'eu-west-1' })]), []);
  });

  it('are counted where they do not', () => {
    const [line, ...others] = explainConcurrency([
      ...tenants(82),
      ...tenants(3, { consumerReservation: 12, webhookReservation: 4 }),
    ]);
    assert.deepEqual(others, []);
    assert.match(
      line ?? '',
      /^eu-central-1: reservations take 48, consumers and sweeps up to 905 at once; .*1,000/,
    );
  });
});
