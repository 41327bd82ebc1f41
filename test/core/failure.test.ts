import { describe, expect, it } from 'vitest';
import { describeFailure, failureKind, isTransient } from '../../src/core/failure.js';

describe('an answer that cannot be read', () => {
  it('is a service that fails, and may be asked for again; a mistake of our own is not', () => {
    const cutOff = new SyntaxError('Unexpected end of JSON input');
    expect(failureKind(Object.assign(cutOff, { $metadata: { httpStatusCode: 200 } }))).toBe('service');
    expect(isTransient(cutOff)).toBe(true);
    expect(failureKind(Object.assign(new SyntaxError('x'), { $response: {} }))).toBe('service');
    expect(failureKind(new SyntaxError('x'))).toBe('other');
  });
});

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
