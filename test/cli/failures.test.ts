import { describe, expect, it } from 'vitest';
import { reportFailure } from '../../src/cli/failures.js';
import { Interrupted, TimedOut, watchInterrupts } from '../../src/cli/interrupts.js';
import { BugError, Cancelled, OperatorError, refused } from '../../src/errors.js';

const sdkError = (name: string, extra: Record<string, unknown> = {}): Error => Object.assign(new Error(`${name} happened`), { name, ...extra });

describe('what is thrown and how it ends', () => {
  it.each([
    ['an operator error', new OperatorError('X', 'told', { exitCode: 7 }), 'X', 7],
    ['one that every replica met', Object.assign(new Error('no replica answered'), { cause: new OperatorError('X', 'told', { exitCode: 4 }) }), 'X', 4],
    ['a refusal', refused('NO_GO', 'no'), 'NO_GO', 3],
    ['cancelled before any change', new Cancelled(false), 'CANCELLED', 5],
    ['cancelled after a change', new Cancelled(true, 'batchctl failover --resume x'), 'INTERRUPTED', 6],
    ['Ctrl-C in a command that only looks', new Interrupted(), 'CANCELLED', 5],
    ['--timeout', new TimedOut(5000), 'TIMED_OUT', 1],
    ['no credentials', sdkError('CredentialsProviderError'), 'CREDENTIALS', 4],
    ['expired credentials', sdkError('ExpiredTokenException'), 'CREDENTIALS', 4],
    ['a clock that is wrong', sdkError('RequestTimeTooSkewed'), 'CLOCK', 1],
    ['a clock that a signature tells of', Object.assign(sdkError('InvalidSignatureException'), { message: 'Signature expired: 20261121T061500Z is now earlier than …' }), 'CLOCK', 1],
    ['a clock that the SDK found out', sdkError('SignatureDoesNotMatch', { $metadata: { httpStatusCode: 403, clockSkewCorrected: true } }), 'CLOCK', 1],
    ['a missing permission', sdkError('AccessDeniedException'), 'PERMISSION', 4],
    ['a bare 403', sdkError('Unknown', { $metadata: { httpStatusCode: 403 } }), 'PERMISSION', 4],
    ['credentials refused behind a wrapper', Object.assign(new Error('no replica answered'), { cause: sdkError('InvalidSignatureException') }), 'CREDENTIALS', 4],
    ['an unreachable endpoint', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), 'UNREACHABLE', 1],
    ['a black hole', sdkError('TimeoutError'), 'UNREACHABLE', 1],
    ['throttling', sdkError('ThrottlingException'), 'THROTTLED', 1],
    ['a service error', sdkError('InternalServerError', { $fault: 'server' }), 'SERVICE', 1],
    ['a file that is not there', Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open', path: '/x.csv' }), 'FILE', 2],
    ['a full disk', Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' }), 'FILE', 1],
    ['a bug', new BugError('impossible'), 'BUG', 1],
    ['a type error', new TypeError('x is undefined'), 'BUG', 1],
    ['something that is no error', 'text', 'BUG', 1],
  ])('%s', (_, error, code, exitCode) => {
    const report = reportFailure(error, { verbose: false });
    expect(report.failure.code).toBe(code);
    expect(report.exitCode).toBe(exitCode);
    expect(JSON.stringify(report.failure)).not.toContain('    at ');
  });

  it('tells missing credentials from refused ones, in the words of whoever said so', () => {
    const behind = (cause: Error): Error => Object.assign(new Error('no replica answered (a: credentials refused; b: credentials refused)'), { cause });
    expect(reportFailure(behind(sdkError('CredentialsProviderError')), { verbose: false }).failure.message).toBe('No AWS credentials were found: CredentialsProviderError happened.');
    expect(reportFailure(behind(sdkError('ExpiredTokenException')), { verbose: false }).failure.message).toBe('AWS did not accept the credentials (ExpiredTokenException: ExpiredTokenException happened).');
  });

  it('names every Region that did not answer', () => {
    const error = Object.assign(new Error('no replica answered (a: unreachable; b: timed out)'), { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });
    expect(reportFailure(error, { verbose: false }).failure.message).toBe('A service did not answer: no replica answered (a: unreachable; b: timed out).');
  });

  it('shows the stack of a bug with --verbose only', () => {
    expect(reportFailure(new TypeError('x'), { verbose: true }).failure.details?.['stack']).toContain('TypeError: x');
  });

  it('tells how to resume', () => {
    expect(reportFailure(new Cancelled(true, 'batchctl failover --resume x'), { verbose: false }).failure.nextSteps).toEqual(['Go on with: batchctl failover --resume x']);
  });
});

describe('interrupts', () => {
  function source() {
    const listeners = new Set<() => void>();
    return { on: (_: string, listener: () => void) => listeners.add(listener), off: (_: string, listener: () => void) => listeners.delete(listener), raise: () => [...listeners].forEach((listener) => listener()), listeners };
  }

  it('stop at the first signal and leave at the second', () => {
    const signals = source();
    const seen: string[] = [];
    const interrupts = watchInterrupts({ source: signals, onFirst: () => seen.push('first'), onSecond: () => seen.push('second') });
    signals.raise();
    expect(interrupts.signal.reason).toBeInstanceOf(Interrupted);
    expect(seen).toEqual(['first']);
    signals.raise();
    expect(seen).toEqual(['first', 'second']);
    interrupts.dispose();
    expect(signals.listeners.size).toBe(0);
  });

  it('give up after the time that --timeout gives', async () => {
    const interrupts = watchInterrupts({ source: source(), timeoutMs: 5, onFirst: () => {}, onSecond: () => {} });
    await new Promise((resolve) => interrupts.signal.addEventListener('abort', resolve));
    expect(interrupts.signal.reason).toBeInstanceOf(TimedOut);
    interrupts.dispose();
  });
});
