import { describe, expect, it } from 'vitest';
import { describeFailure, failureKind } from '../../src/core/failure.js';

describe('a failure of all that were asked at once', () => {
  const expired = Object.assign(new Error('it has expired'), { name: 'ExpiredTokenException' });

  it('is told by the first of them', () => {
    const all = new AggregateError([expired, new Error('x')], 'All promises were rejected');
    expect(failureKind(all)).toBe('credentials');
    expect(describeFailure(all)).toBe('credentials refused (ExpiredTokenException: it has expired)');
  });

  it('keeps its own code where it holds none', () => {
    expect(failureKind(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }))).toBe('unreachable');
  });
});
