import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exitCode, type Finding } from '../../../ops/doctor/finding.ts';

const findings = (...states: Finding['state'][]): Finding[] =>
  states.map((state) => ({ check: 'c', state, detail: '' }));

describe('the exit code of the doctor', () => {
  it('is 0 when all is good, 2 for a warning, 1 for a failure', () => {
    assert.equal(exitCode(findings('good', 'good')), 0);
    assert.equal(exitCode(findings('good', 'warning')), 2);
    assert.equal(exitCode(findings('warning', 'failed', 'good')), 1);
    assert.equal(exitCode([]), 0);
  });
});
