import type { StepState } from '../../../core/operation.js';
import type { RegionHealth, SignalLevel, Verdict } from '../../../core/recommendation-types.js';
import { healthMark, jobStatusMark, levelMark, plainTheme, stepMark, verdictMark } from '../../theme.js';
import { span, type Span, type Tone } from './spans.js';

const levelTones: Record<SignalLevel, Tone> = { ok: 'good', warn: 'warn', bad: 'bad', unknown: 'uncertain' };
const healthTones: Record<RegionHealth, Tone> = { healthy: 'good', degraded: 'warn', impaired: 'bad', unknown: 'uncertain' };
const verdictTones: Record<Verdict, Tone> = { GO: 'good', GO_WITH_DATA_RISK: 'warn', NO_GO: 'bad', INSUFFICIENT_DATA: 'uncertain' };
const stepTones: Record<StepState, Tone> = { pending: 'faint', running: 'accent', done: 'good', skipped: 'faint', failed: 'bad', warned: 'warn' };

/** The same symbols and words as every other view prints, as spans. */
export function levelSpan(level: SignalLevel): Span {
  return span(levelMark(level, plainTheme), levelTones[level]);
}

export function levelTone(level: SignalLevel): Tone {
  return levelTones[level];
}

export function healthSpan(health: RegionHealth): Span {
  return span(healthMark(health, plainTheme), healthTones[health]);
}

/** Where nothing is to be done, "no go" is no alarm: the words stay, the colour does not. */
export function verdictSpan(verdict: Verdict, alarming: boolean): Span {
  return span(verdictMark(verdict, plainTheme), alarming ? verdictTones[verdict] : 'faint');
}

export function stepSpan(state: StepState): Span {
  return span(stepMark(state, plainTheme), stepTones[state]);
}

export function jobSpan(status: string): Span {
  const tone: Tone = status === 'FAILED' ? 'bad' : status === 'PARKED' ? 'warn' : status === 'RUNNING' ? 'accent' : status === 'SUCCEEDED' ? 'good' : 'faint';
  return span(jobStatusMark(status, plainTheme), tone);
}
