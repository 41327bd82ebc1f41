import { describe, expect, it } from 'vitest';
import { isBadMinute, standingOf } from '../../src/core/minute-history.js';
import { minuteOf, summariseProbe } from '../../src/core/probe-sample.js';
import { minutes, now, policy } from './situation.js';

describe('an hour of minutes', () => {
  it.each([
    ['', undefined],
    ['.....', 'good'],
    ['..x..', 'good'],
    ['.xx..', 'good'],
    ['x.x.x', 'bad'],
    ['xxx', 'bad'],
    ['xxx..', 'bad'],
    ['xxx...', 'recovering'],
    ['xxx' + '.'.repeat(14), 'recovering'],
    ['xxx' + '.'.repeat(15), 'good'],
    // The last bad minute starts the wait anew, without condemning a second time.
    ['xxx' + '.'.repeat(10) + 'x' + '.'.repeat(10), 'recovering'],
    ['xxx' + '.'.repeat(20) + 'x' + '.'.repeat(3), 'good'],
  ])('%s is %s', (pattern, state) => {
    expect(standingOf(minutes(pattern), policy)?.state).toBe(state);
  });

  it('counts clean minutes since the last bad one, or since the record began', () => {
    expect(standingOf(minutes('x' + '.'.repeat(30)), policy)?.cleanMinutes).toBe(30);
    expect(standingOf(minutes('.'.repeat(30)), policy)?.cleanMinutes).toBe(29);
  });

  it('takes the verdict of an older observer, which counted nothing', () => {
    expect(isBadMinute({ at: now, ok: false }, policy)).toBe(true);
    expect(isBadMinute({ at: now, ok: true }, policy)).toBe(false);
  });
});

describe('a sample of calls', () => {
  const answered = (milliseconds: number) => ({ milliseconds });
  const failed = (kind: 'service' | 'throttled' | 'permission') => ({ milliseconds: 3000, failure: { kind, text: `${kind} error` } });

  it('is answered when half of the calls were, and takes its time from those', () => {
    expect(summariseProbe('s3', 'operator', now, [answered(10), failed('service'), answered(30)])).toMatchObject({ ok: true, milliseconds: 10, calls: 3, failed: 1, error: 'service error', failure: 'service' });
    expect(summariseProbe('s3', 'operator', now, [answered(10), failed('service'), failed('service')])).toMatchObject({ ok: false, failed: 2 });
    expect(summariseProbe('s3', 'operator', now, [failed('service')])).toMatchObject({ ok: false, milliseconds: 3000 });
  });

  it('becomes a minute in which neither throttling nor a missing permission is a failure of the Region', () => {
    const sample = (service: 's3' | 'states' | 'dynamodb', kind?: 'service' | 'throttled' | 'permission') => summariseProbe(service, 'us-west-2', now, kind ? [answered(10), failed(kind)] : [answered(10), answered(12)]);
    expect(minuteOf(now, [sample('s3', 'service'), sample('states', 'throttled'), sample('dynamodb', 'permission')])).toMatchObject({ ok: false, calls: 4, failed: 1 });
    expect(standingOf([minuteOf(now, [sample('s3', 'permission')])], policy)).toBeUndefined();
  });
});
