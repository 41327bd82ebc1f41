import type { AlarmState, MetricAlarm } from './alarm-definition.js';
import { comparisons } from './alarm-definition.js';
import { periodStarts, runQueries } from './metric-queries.js';
import type { MetricStore } from './metric-store.js';

export interface Verdict {
  state: AlarmState;
  reason: string;
}

/**
 * The state that a metric alarm should have now, from its last complete periods. Undefined: keep the one it has (missing
 * data is ignored). Source: "Configuring how CloudWatch alarms treat missing data", CloudWatch user guide. Simpler than
 * AWS in one point: periods before the evaluation periods are not looked at to make up for missing ones.
 */
export function evaluateMetricAlarm(alarm: MetricAlarm, store: MetricStore, now: number): Verdict | undefined {
  const periodMs = alarm.periodSeconds * 1000;
  const endMs = Math.floor(now / periodMs) * periodMs;
  const range = { startMs: endMs - alarm.evaluationPeriods * periodMs, endMs };
  const series = runQueries(store, alarm.queries, range)[0]?.series ?? new Map<number, number>();
  const values = periodStarts(range, alarm.periodSeconds).map((start) => series.get(start));
  const present = values.filter((value) => value !== undefined);
  const missing = values.length - present.length;
  if (present.length === 0 && alarm.missing === 'ignore') return undefined;
  if (present.length === 0 && alarm.missing === 'missing') {
    return { state: 'INSUFFICIENT_DATA', reason: `Insufficient Data: ${values.length} datapoints were unknown.` };
  }
  const breaching = present.filter((value) => comparisons[alarm.breaches](value, alarm.threshold)).length
    + (alarm.missing === 'breaching' ? missing : 0);
  const state = breaching >= alarm.datapointsToAlarm ? 'ALARM' : 'OK';
  const shown = values.map((value) => (value === undefined ? 'missing' : String(value))).join(', ');
  return {
    state,
    reason: `Threshold Crossed: ${breaching} out of the last ${values.length} datapoints [${shown}] were breaching (${alarm.breaches} ${alarm.threshold}); ${alarm.datapointsToAlarm} are needed for ALARM.`,
  };
}
