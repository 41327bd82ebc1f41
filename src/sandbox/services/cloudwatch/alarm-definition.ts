import type { DimensionInput } from './metric-identity.js';
import type { MetricDataQuery } from './metric-queries.js';
import { invalidValue } from './statistics.js';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

/** Members that PutMetricAlarm, PutCompositeAlarm and the templates share. */
export interface AlarmActionsInput {
  AlarmName: string;
  AlarmDescription?: string;
  ActionsEnabled?: boolean | string;
  OKActions?: string[];
  AlarmActions?: string[];
  InsufficientDataActions?: string[];
}

export interface MetricAlarmInput extends AlarmActionsInput {
  MetricName?: string;
  Namespace?: string;
  Dimensions?: DimensionInput[];
  Period?: number | string;
  Statistic?: string;
  ExtendedStatistic?: string;
  Unit?: string;
  Metrics?: MetricDataQuery[];
  EvaluationPeriods: number | string;
  DatapointsToAlarm?: number | string;
  Threshold?: number | string;
  ComparisonOperator: string;
  TreatMissingData?: string;
}

export interface CompositeAlarmInput extends AlarmActionsInput {
  AlarmRule: string;
}

export interface HistoryItem {
  at: number;
  summary: string;
  data: string;
}

interface AlarmBase {
  arn: string;
  region: string;
  name: string;
  actionsEnabled: boolean;
  state: AlarmState;
  reason: string;
  changedAt: number;
  configuredAt: number;
  history: HistoryItem[];
}

export interface MetricAlarm extends AlarmBase {
  kind: 'metric';
  definition: MetricAlarmInput;
  queries: MetricDataQuery[];
  periodSeconds: number;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  threshold: number;
  breaches: Comparison;
  missing: MissingData;
}

export interface CompositeAlarm extends AlarmBase {
  kind: 'composite';
  definition: CompositeAlarmInput;
}

export type Alarm = MetricAlarm | CompositeAlarm;

export const comparisons = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
} as const;
export type Comparison = keyof typeof comparisons;

const missingTreatments: readonly string[] = ['missing', 'ignore', 'breaching', 'notBreaching'] satisfies MissingData[];

/** A metric alarm's own settings, checked and in one spelling. */
export function metricAlarmSettings(input: MetricAlarmInput): Omit<MetricAlarm, keyof AlarmBase | 'kind'> {
  const { ComparisonOperator: operator, TreatMissingData: missing = 'missing' } = input;
  if (!(operator in comparisons)) throw invalidValue(`The comparison operator is not supported: ${operator}`);
  if (!missingTreatments.includes(missing)) throw invalidValue(`The value ${missing} for TreatMissingData is not supported`);
  const queries = input.Metrics ?? [singleQuery(input)];
  const evaluationPeriods = positive(input.EvaluationPeriods, 'EvaluationPeriods');
  const datapointsToAlarm = input.DatapointsToAlarm === undefined ? evaluationPeriods : positive(input.DatapointsToAlarm, 'DatapointsToAlarm');
  if (datapointsToAlarm > evaluationPeriods) throw invalidValue('DatapointsToAlarm must not be greater than EvaluationPeriods');
  const threshold = Number(input.Threshold);
  if (input.Threshold === undefined || Number.isNaN(threshold)) throw invalidValue('Threshold is required');
  return {
    definition: input, queries, evaluationPeriods, datapointsToAlarm, threshold,
    periodSeconds: Number(input.Period ?? queries.find((query) => query.MetricStat)?.MetricStat?.Period ?? queries[0]?.Period ?? 60),
    breaches: operator as Comparison,
    missing: missing as MissingData,
  };
}

export function isTrue(value: boolean | string | undefined): boolean {
  return value === true || value === 'true';
}

function singleQuery(input: MetricAlarmInput): MetricDataQuery {
  const stat = input.Statistic ?? input.ExtendedStatistic;
  if (input.MetricName === undefined || input.Namespace === undefined || input.Period === undefined || stat === undefined) {
    throw invalidValue('An alarm needs Metrics, or Namespace, MetricName, Period and a statistic');
  }
  return {
    Id: 'metric',
    MetricStat: {
      Metric: { Namespace: input.Namespace, MetricName: input.MetricName, ...(input.Dimensions && { Dimensions: input.Dimensions }) },
      Period: input.Period, Stat: stat,
    },
  };
}

function positive(value: number | string, name: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw invalidValue(`${name} must be a positive whole number`);
  return number;
}
