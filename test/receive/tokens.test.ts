import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tokenCheck } from '../../lib/receive/tokens.ts';

const authorized = tokenCheck(['old', 'new']);

describe('a request is authorized', () => {
  it('by each live token, in either header, whatever the other one holds', () => {
    for (const headers of [
      { 'x-api-key': 'old' },
      { 'x-api-key': ' new ' },
      { authorization: 'Bearer new' },
      { authorization: 'bearer old', 'x-api-key': '' },
      { authorization: '', 'x-api-key': 'new' },
      { authorization: 'Basic abc', 'x-api-key': 'new' },
      { authorization: 'Bearer foreign', 'x-api-key': 'new' },
      { authorization: 'Bearer new', 'x-api-key': 'foreign' },
      { authorization: 'Basic abc, Bearer new' },
      { 'x-api-key': 'foreign,new' },
    ])
      assert.equal(authorized(headers), true, JSON.stringify(headers));
  });

  it('by nothing else', () => {
    for (const headers of [
      {},
      { 'x-api-key': '' },
      { 'x-api-key': 'ne' },
      { 'x-api-key': 'old new' },
      { authorization: 'new' },
      { authorization: 'Bearer ' },
      { authorization: 'Bearer foreign', 'x-api-key': 'foreign' },
    ])
      assert.equal(authorized(headers), false, JSON.stringify(headers));
  });

  it('by the first two credentials alone: the rest of a long list are guesses', () => {
    const guesses = Array.from({ length: 1_900 }, (_, index) => `guess-${index}`);
    assert.equal(authorized({ 'x-api-key': [...guesses, 'new'].join(',') }), false);
    assert.equal(
      authorized({ authorization: [...guesses, 'new'].map((guess) => `Bearer ${guess}`).join(',') }),
      false,
    );
    assert.equal(authorized({ authorization: 'Bearer a', 'x-api-key': 'b,new' }), false);
  });
});
