// What many small tenants cost: the arithmetic holds, and the page shows what is printed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cost } from '../bin/cost.ts';
import { costPerSecond, sum } from '../ops/cost/cost.ts';
import { coldShare, coldStarts, fleetPrices, floor, smallRates, tenantAMonth } from '../ops/cost/fleet.ts';
import type { Price } from '../ops/cost/prices.ts';
import { fileText } from './support/stack.ts';

describe('a small tenant', () => {
  it('costs more with more events, with a dashboard, and at the dear end', () => {
    for (const front of ['HTTP API', 'function URL'] as const) {
      const totals = smallRates.map((rate) => tenantAMonth(front, rate, 'dear', false));
      assert.deepEqual(
        [...totals],
        totals.toSorted((a, b) => a - b),
      );
      for (const rate of smallRates) {
        const cheap = tenantAMonth(front, rate, 'cheap', false);
        assert.ok(cheap <= tenantAMonth(front, rate, 'dear', false));
        assert.equal((tenantAMonth(front, rate, 'cheap', true) - cheap).toFixed(6), '3.000000');
      }
    }
  });

  it('is never without its floor, and the starts of sandboxes are seldom and cost little', () => {
    const { 'a dashboard of its own': dashboard = 0, ...rest } = floor();
    const least = Object.values(rest).reduce((total, part) => total + part, 0);
    assert.ok(Math.abs(tenantAMonth('HTTP API', 0, 'dear', false) - least) < 0.01);
    assert.equal(dashboard, 3);
    assert.equal(coldShare(0, 'dear'), 0);
    assert.ok(coldShare(0.01, 'dear') < 0.06 && coldShare(0.1, 'dear') < 1e-9);
    assert.ok(coldStarts(0.01, 'dear') < sum(costPerSecond('function URL', 0.01, 'dear')) * 2_592_000);
  });

  it('has prices with a source and a date', () => {
    for (const [name, price] of Object.entries<Price>(fleetPrices)) {
      assert.match(price.dated, /^\d{4}|^undated$/, name);
      assert.match(price.url, /^https:\/\//, name);
    }
  });
});

describe('hookline cost --fleet', () => {
  it('prints what docs/cost.md shows', async (t) => {
    const { mock } = t.mock.method(console, 'log', () => undefined);
    await cost.parseAsync(['--fleet', '200'], { from: 'user' });
    const [, section = ''] = (await fileText('docs/cost.md')).split('## A fleet');
    const shown = /^```text\n(.*?)\n```$/ms.exec(section)?.[1];
    assert.equal(shown, mock.calls[0]?.arguments[0]);
  });
});
