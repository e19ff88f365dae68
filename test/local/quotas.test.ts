// Tenants that together need more than an account has: a line for each quota, before anything is deployed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeDeployment } from '../../local/deployment.ts';
import { explainQuotas } from '../../local/quotas.ts';
import { readTenantFile } from '../../local/tenant-file.ts';

const tenants = (count: number, settings: object = {}) =>
  Array.from({ length: count }, (_, index) =>
    makeDeployment('prod', `t${index}`, readTenantFile(JSON.stringify({ settings }))),
  );

describe('the tenants of a region', () => {
  it('fit into an account as long as a hundred are left to the webhooks', () => {
    assert.deepEqual(explainQuotas([]), []);
    assert.deepEqual(explainQuotas(tenants(81)), []);
    assert.deepEqual(explainQuotas(tenants(200, { consumerConcurrency: 2 })), []);
    assert.deepEqual(explainQuotas(tenants(90, { memory: 'off' })), []);
    // Each region has its own.
    assert.deepEqual(explainQuotas([...tenants(81), ...tenants(81, { region: 'eu-west-1' })]), []);
  });

  it('are counted where they do not', () => {
    const [line, ...others] = explainQuotas([
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

describe('the sweeps of a region', () => {
  it('are a rule of EventBridge each, and so bound the tenants of all stages together', () => {
    const few = { consumerConcurrency: 2, memory: 'off' };
    assert.deepEqual(explainQuotas(tenants(250, few)), []);
    const milan = { ...few, region: 'eu-south-1' };
    assert.match(
      explainQuotas(tenants(101, milan)).join('\n'),
      /^eu-south-1: 101 rules of EventBridge, and a bus takes 100, those of other stages and other software included/,
    );
    assert.match(
      explainQuotas(tenants(301, few)).join('\n'),
      /^eu-central-1: 301 rules of EventBridge.* 300/,
    );
  });
});
