// Who can reach what listens on an address.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isLoopback } from '../../live/access/loopback.ts';
import { formatUrl, isHost, isWildcard, listenError } from '../../local/reach.ts';
import { localSettings, refuseDefaultToken } from '../../local/settings.ts';

describe('an address to listen on', () => {
  it('is loopback when only this machine reaches it', () => {
    for (const host of ['127.0.0.1', '127.0.0.2', '127.255.0.1', '::1', 'localhost'])
      assert.ok(isLoopback(host), host);
    for (const host of [
      '0.0.0.0',
      '::',
      '192.0.2.1',
      '2001:db8::1',
      'localhost.example.com',
      '127.example.com',
    ])
      assert.ok(!isLoopback(host), host);
  });

  it('has a URL that works on this machine', () => {
    assert.equal(formatUrl('127.0.0.2', 3000), 'http://127.0.0.2:3000');
    assert.equal(formatUrl('::1', 3000), 'http://[::1]:3000');
    assert.equal(formatUrl('0.0.0.0', 80), 'http://127.0.0.1:80');
    assert.equal(formatUrl('::', 80), 'http://[::1]:80');
    assert.ok(isWildcard('0:0:0:0:0:0:0:0'));
  });

  it('is an address or a name', () => {
    for (const good of ['127.0.0.1', '::', 'localhost', 'hooks.example.com']) assert.ok(isHost(good), good);
    for (const bad of ['[::1]', 'fe80::1%eth0', 'http://x', 'a b', 'x:80', '*']) assert.ok(!isHost(bad), bad);
  });

  it('that cannot be had is an error with the variable and the remedy', () => {
    const names = { host: 'HOST', port: 'PORT' };
    const message = (code: string) =>
      listenError(Object.assign(new Error('no'), { code }), { host: '::1', port: 80 }, names).message;
    assert.match(message('EACCES'), /Port 80 is kept for root: set PORT to 1024 or more.*self-hosting/);
    assert.match(message('EADDRINUSE'), /Port 80 is taken.*PORT/);
    assert.match(message('EADDRNOTAVAIL'), /HOST ::1 is no address of this machine/);
    assert.match(message('EAFNOSUPPORT'), /HOST ::1 .*no IPv6/);
    assert.equal(message('EMFILE'), 'no');
  });
});

describe('the token that everybody knows', () => {
  const refuse = (env: Record<string, string>) => () => refuseDefaultToken(localSettings(env));

  it('is for loopback alone', () => {
    for (const HOST of ['', '127.0.0.2', '::1', 'localhost']) refuse({ HOST })();
    for (const HOST of ['0.0.0.0', '::', '192.0.2.1'])
      for (const HOOK_TOKENS of ['', 'local-token', 'mine, local-token'])
        assert.throws(refuse({ HOST, HOOK_TOKENS }), /HOOK_TOKENS.*openssl rand/);
    refuse({ HOST: '0.0.0.0', HOOK_TOKENS: 'mine' })();
  });

  it('is no password of the live gateway elsewhere', () => {
    assert.throws(refuse({ LIVE_HOST: '0.0.0.0' }), /LIVE_USERS.*password of yours/);
    refuse({ LIVE_HOST: '0.0.0.0', LIVE_USERS: '{"alice":"mine"}' })();
    refuse({ LIVE_HOST: '0.0.0.0', LIVE: 'off' })();
  });
});
