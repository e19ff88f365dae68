import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explain, nearest } from '../../../lib/receive/sources/webitel-mistakes.ts';

const missing = [{ path: 'attempt_id', message: 'is missing' }];
const message = (given: Record<string, unknown>, unknown: string[], problems = missing) =>
  explain(problems, given, unknown)[0]?.message;

describe('a problem', () => {
  it('of a field that is missing says where to map it, and which name may be the misspelt one', () => {
    assert.equal(message({}, []), 'is missing: map it in the data of the flow');
    assert.equal(
      message({}, ['crm', 'AttemptId']),
      'is missing: map it in the data of the flow; did you mean "AttemptId"?',
    );
  });

  it('of a placeholder that was not filled says so', () => {
    for (const value of ['$', ' $$', ''].map((sign) => `${sign}{attempt_id} `))
      assert.match(message({ attempt_id: value }, []) ?? '', /placeholder/);
  });

  it('else stays as it was', () => {
    const problems = [{ path: 'attempt_id', message: 'must be a whole number' }];
    assert.equal(message({ attempt_id: 'x' }, ['attemptid'], problems), 'must be a whole number');
  });
});

describe('the nearest name', () => {
  it('is at most two letters away, whatever its case', () => {
    assert.equal(nearest('leavin', ['joined', 'leaving']), 'leaving');
    assert.equal(nearest('QUEUE', ['joined']), undefined);
    assert.equal(nearest('', ['joined']), undefined);
  });

  it('is looked for among two hundred names that are not long', () => {
    const many = Array.from({ length: 200 }, (_, index) => `variable_${index}`);
    assert.equal(message({}, [...many, 'attemptid']), 'is missing: map it in the data of the flow');
  });
});
