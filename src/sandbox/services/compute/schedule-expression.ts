import { AwsError } from '../../service.js';

/**
 * A `rate()`, `cron()` or `at()` expression, in UTC. Source: EventBridge user guide, "Schedule expressions", and
 * EventBridge Scheduler user guide, "Schedule types".
 */
export interface ScheduleExpression {
  /** The first firing after `after` (milliseconds since 1970) of a schedule made at `since`; undefined: never again. */
  next(after: number, since: number): number | undefined;
}

const unitMs: Record<string, number> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export function parseSchedule(text: string): ScheduleExpression {
  const [, kind, body = ''] = /^(rate|cron|at)\((.*)\)$/.exec(text.trim()) ?? [];
  if (kind === 'rate') return rate(body, text);
  if (kind === 'at') return once(body, text);
  if (kind === 'cron') return cron(body, text);
  throw invalid(text);
}

function rate(body: string, text: string): ScheduleExpression {
  const [, count, unit = ''] = /^(\d+) (second|minute|hour|day)s?$/.exec(body.trim()) ?? [];
  const everyMs = Number(count) * (unitMs[unit] ?? Number.NaN);
  if (!(everyMs > 0)) throw invalid(text);
  return { next: (after, since) => since + (Math.floor(Math.max(0, after - since) / everyMs) + 1) * everyMs };
}

function once(body: string, text: string): ScheduleExpression {
  const at = Date.parse(`${body.trim()}Z`);
  if (Number.isNaN(at)) throw invalid(text);
  return { next: (after) => (at > after ? at : undefined) };
}

interface CronFields {
  minutes: Set<number>;
  hours: Set<number>;
  months: Set<number>;
  years: Set<number>;
  /** Whether a day of the month (UTC midnight) is one to fire on. */
  onDay(day: Date): boolean;
}

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const lastYear = 2199;

function cron(body: string, text: string): ScheduleExpression {
  const parts = body.trim().split(/\s+/);
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = parts;
  if (parts.length !== 6 || minute === undefined || hour === undefined || dayOfMonth === undefined || month === undefined || dayOfWeek === undefined || year === undefined) throw invalid(text);
  const fields: CronFields = {
    minutes: values(minute, 0, 59, text),
    hours: values(hour, 0, 23, text),
    months: values(month, 1, 12, text, monthNames, 1),
    years: values(year, 1970, lastYear, text),
    onDay: dayRule(dayOfMonth, dayOfWeek, text),
  };
  return { next: (after) => nextOf(fields, after) };
}

/** One of the two day fields must be `?`; `L` is the month's last day, `6#3` its third Friday. */
function dayRule(dayOfMonth: string, dayOfWeek: string, text: string): (day: Date) => boolean {
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) throw invalid(text);
  if (dayOfWeek === '?') {
    if (dayOfMonth === 'L') return (day) => new Date(day.getTime() + 86_400_000).getUTCDate() === 1;
    const days = values(dayOfMonth, 1, 31, text);
    return (day) => days.has(day.getUTCDate());
  }
  const [, weekday, nth] = /^([^#]+)#([1-5])$/.exec(dayOfWeek) ?? [];
  const weekdays = values(weekday ?? dayOfWeek, 1, 7, text, dayNames, 1);
  return (day) => weekdays.has(day.getUTCDay() + 1) && (nth === undefined || Math.ceil(day.getUTCDate() / 7) === Number(nth));
}

/** `*`, `5`, `1,2`, `1-5`, `0/15` and names. */
function values(field: string, lowest: number, highest: number, text: string, names: string[] = [], firstName = 0): Set<number> {
  const numberOf = (word: string): number => {
    const named = names.indexOf(word.toUpperCase());
    const value = named >= 0 ? named + firstName : Number(word);
    if (!Number.isInteger(value) || value < lowest || value > highest) throw invalid(text);
    return value;
  };
  const found = new Set<number>();
  for (const item of field.split(',')) {
    const [range = '', step] = item.split('/');
    const [from = '', to] = range.split('-');
    const start = from === '*' ? lowest : numberOf(from);
    const end = to !== undefined ? numberOf(to) : from === '*' || step !== undefined ? highest : start;
    const stride = step === undefined ? 1 : Number(step);
    if (!(stride > 0)) throw invalid(text);
    for (let value = start; value <= end; value += stride) found.add(value);
  }
  return found;
}

function nextOf(fields: CronFields, after: number): number | undefined {
  const day = new Date(after);
  day.setUTCHours(0, 0, 0, 0);
  // Day by day: a few thousand steps at most, for the rarest of expressions.
  for (let steps = 0; day.getUTCFullYear() <= lastYear && steps < 366 * 30; steps += 1, day.setUTCDate(day.getUTCDate() + 1)) {
    if (!fields.years.has(day.getUTCFullYear()) || !fields.months.has(day.getUTCMonth() + 1) || !fields.onDay(day)) continue;
    for (let hour = 0; hour < 24; hour += 1) {
      if (!fields.hours.has(hour)) continue;
      for (let minute = 0; minute < 60; minute += 1) {
        const at = day.getTime() + hour * 3_600_000 + minute * 60_000;
        if (at > after && fields.minutes.has(minute)) return at;
      }
    }
  }
  return undefined;
}

function invalid(text: string): AwsError {
  return new AwsError('ValidationException', `Parameter ScheduleExpression is not valid: ${text}`);
}
