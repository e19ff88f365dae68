// The line of a secret that cannot be read has its remedy and its figure, and nothing of the secret.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reportUnread } from '../../lib/secrets/report.ts';
import { catchLogLines } from '../support/log-lines.ts';

describe('a secret that cannot be read', () => {
  it('is a line with what to do, and a figure of its function', (t) => {
    const lines = catchLogLines(t);
    reportUnread('hookline-prod--acme-webhook')(
      Object.assign(new Error('no'), { name: 'AccessDeniedException' }),
    );
    const [{ level, message, secret_errors, function: name, remedy } = {}] = lines;
    assert.deepEqual(
      [level, message, secret_errors, name],
      ['error', 'secret not read', 1, 'hookline-prod--acme-webhook'],
    );
    assert.match(String(remedy), /GetSecretValue/);
  });
});
