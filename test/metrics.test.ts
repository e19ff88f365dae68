import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { embedded } from '../lib/metrics.ts';

describe('embedded figures', () => {
  it('are named with their units, and given beside', () => {
    assert.deepEqual(embedded('webhook', { accepted: 1, age_ms: [5, 7] }, 9), {
      _aws: {
        Timestamp: 9,
        CloudWatchMetrics: [
          {
            Namespace: 'Hookline',
            Dimensions: [['function']],
            Metrics: [
              { Name: 'accepted', Unit: 'Count' },
              { Name: 'age_ms', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
      function: 'webhook',
      accepted: 1,
      age_ms: [5, 7],
    });
  });

  it('are left out where nothing was seen', () => {
    assert.deepEqual(embedded('webhook', { age_ms: [] }, 9), {});
    assert.deepEqual(Object.keys(embedded('webhook', { late: 0, age_ms: [] }, 9)), [
      '_aws',
      'function',
      'late',
    ]);
  });
});
