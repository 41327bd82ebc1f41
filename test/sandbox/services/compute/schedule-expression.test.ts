import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../../../src/sandbox/services/compute/schedule-expression.js';

function firings(text: string, from: string, count: number): string[] {
  const schedule = parseSchedule(text);
  const times: string[] = [];
  let after = Date.parse(from);
  for (let n = 0; n < count; n += 1) {
    const next = schedule.next(after, Date.parse(from));
    if (next === undefined) break;
    times.push(new Date(next).toISOString().slice(0, 16));
    after = next;
  }
  return times;
}

describe('schedule expressions', () => {
  it.each([
    ['rate(5 minutes)', '2026-01-01T00:00:00Z', ['2026-01-01T00:05', '2026-01-01T00:10']],
    ['rate(1 day)', '2026-01-31T12:00:00Z', ['2026-02-01T12:00', '2026-02-02T12:00']],
    ['at(2026-03-01T08:30:00)', '2026-01-01T00:00:00Z', ['2026-03-01T08:30']],
    ['cron(0/20 * * * ? *)', '2026-01-01T10:20:00Z', ['2026-01-01T10:40', '2026-01-01T11:00']],
    ['cron(15 10 ? * MON-FRI *)', '2026-01-02T10:15:00Z', ['2026-01-05T10:15', '2026-01-06T10:15']],
    ['cron(0 8 1 * ? *)', '2026-01-15T00:00:00Z', ['2026-02-01T08:00', '2026-03-01T08:00']],
    ['cron(0 0 L FEB ? *)', '2026-01-15T00:00:00Z', ['2026-02-28T00:00', '2027-02-28T00:00']],
    ['cron(0 9 ? * 2#1 *)', '2026-01-01T00:00:00Z', ['2026-01-05T09:00', '2026-02-02T09:00']],
    ['cron(59 23 31 12 ? 2026)', '2026-01-01T00:00:00Z', ['2026-12-31T23:59']],
  ])('%s from %s', (text, from, expected) => {
    expect(firings(text, from, 2)).toEqual(expected);
  });

  it.each(['rate(0 minutes)', 'rate(5)', 'cron(* * * *)', 'cron(0 0 1 * 1 *)', 'cron(60 * * * ? *)', 'every day', 'at(soon)'])('refuses %s', (text) => {
    expect(() => parseSchedule(text)).toThrow(/ScheduleExpression/);
  });
});
