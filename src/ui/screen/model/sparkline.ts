import type { SignalLevel } from '../../../core/recommendation-types.js';
import { levelTone } from './marks.js';
import { historyMinutes, type MinuteSample } from './signal-history.js';
import { span, type Span } from './spans.js';

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** What fills the height when nothing is higher: where a rule would warn. Less would make mountains of milliseconds. */
const smallestTop: Record<string, number> = { ms: 1000, '% of quota': 100, '% of executions': 20, '% errors and throttles': 20, s: 300 };
const order: SignalLevel[] = ['ok', 'unknown', 'warn', 'bad'];

/**
 * The last hour in `width` characters, newest at the right. The height is the value. Letters carry what colour alone
 * must not: `x` a bad minute, `?` one in which nobody could tell, `·` one without a look.
 */
export function sparkline(samples: readonly MinuteSample[], newestMinute: number, width: number, unit: string): Span[] {
  const top = samples.reduce((highest, sample) => Math.max(highest, sample.level === 'bad' ? 0 : sample.value ?? 0), smallestTop[unit] ?? 5);
  const columns = Array.from({ length: Math.max(0, width) }, (_, index) => column(samples, newestMinute, width, index));
  return joined(columns.map(({ level, value }) => {
    if (level === undefined) return { text: '·', tone: 'faint' as const };
    if (level === 'bad') return { text: 'x', tone: levelTone(level) };
    if (level === 'unknown' || value === null) return { text: level === 'ok' ? blocks[0] : '?', tone: levelTone(level) };
    return { text: blocks[Math.min(blocks.length - 1, Math.floor((value / top) * blocks.length))] ?? blocks[0], tone: levelTone(level) };
  }));
}

function column(samples: readonly MinuteSample[], newestMinute: number, width: number, index: number): { level: SignalLevel | undefined; value: number | null } {
  const oldest = newestMinute - historyMinutes + 1;
  const from = oldest + Math.floor((index * historyMinutes) / width);
  const to = Math.max(from + 1, oldest + Math.floor(((index + 1) * historyMinutes) / width));
  let level: SignalLevel | undefined;
  let value: number | null = null;
  for (const sample of samples) {
    if (sample.minute < from || sample.minute >= to) continue;
    if (level === undefined || order.indexOf(sample.level) > order.indexOf(level)) level = sample.level;
    if (sample.value !== null) value = Math.max(value ?? sample.value, sample.value);
  }
  return { level, value };
}

/** Neighbours of one tone become one span: fewer colour changes to write. */
function joined(parts: Span[]): Span[] {
  const spans: Span[] = [];
  for (const part of parts) {
    const last = spans.at(-1);
    if (last && last.tone === part.tone) spans[spans.length - 1] = { ...last, text: last.text + part.text };
    else spans.push(part);
  }
  return spans.length === 0 ? [span('')] : spans;
}
