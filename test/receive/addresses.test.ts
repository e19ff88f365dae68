import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressCheck, isNetwork } from '../../lib/receive/addresses.ts';

describe('a network', () => {
  it('is an address of either version, with or without a prefix', () => {
    for (const good of ['10.0.0.0/8', '1.2.3.4', '1.2.3.4/32', '0.0.0.0/0', '2001:db8::/32', '::1', '::/0'])
      assert.ok(isNetwork(good), good);
    for (const bad of [
      '',
      '10.0.0.0/33',
      '10.0.0/8',
      '::/129',
      'localhost',
      '1.2.3.4/',
      '1.2.3.4/8/8',
      '1.2.3.4/x',
      '1.2.3.4/-1',
    ])
      assert.ok(!isNetwork(bad), bad);
  });
});

describe('an address', () => {
  it('is allowed when one of the networks holds it', () => {
    const allowed = addressCheck(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']);
    for (const good of ['10.1.2.3', '192.0.2.7', '2001:db8::5', '::ffff:10.1.2.3'])
      assert.ok(allowed(good), good);
    for (const bad of ['11.1.2.3', '192.0.2.8', '2001:db9::5', '', 'unknown', '::1'])
      assert.ok(!allowed(bad), bad);
  });

  it('is allowed whatever it is when there are no networks', () => {
    assert.ok(addressCheck([])('anything'));
  });
});
