import type { Operation } from '../../service.js';
import { AwsError } from '../../service.js';
import type { Alarm, AlarmState, CompositeAlarmInput, MetricAlarmInput } from './alarm-definition.js';
import type { Alarms } from './alarms.js';

interface DescribeAlarmsInput {
  AlarmNames?: string[];
  AlarmNamePrefix?: string;
  AlarmTypes?: ('MetricAlarm' | 'CompositeAlarm')[];
  StateValue?: AlarmState;
  MaxRecords?: number;
  NextToken?: string;
}

interface HistoryInput {
  AlarmName?: string;
  StartDate?: Date;
  EndDate?: Date;
  MaxRecords?: number;
  ScanBy?: 'TimestampAscending' | 'TimestampDescending';
}

export function alarmOperations(alarms: Alarms): Record<string, Operation> {
  return {
    PutMetricAlarm: async (input: MetricAlarmInput, call) => { alarms.putMetricAlarm(call.region, input); return {}; },
    PutCompositeAlarm: async (input: CompositeAlarmInput, call) => { alarms.putCompositeAlarm(call.region, input); return {}; },
    DeleteAlarms: async (input: { AlarmNames: string[] }, call) => { alarms.delete(call.region, input.AlarmNames); return {}; },
    DescribeAlarms: async (input: DescribeAlarmsInput, call) => describeAlarms(alarms.in(call.region), input),
    DescribeAlarmHistory: async (input: HistoryInput, call) => alarmHistory(alarms.in(call.region), input),
    EnableAlarmActions: async (input: { AlarmNames: string[] }, call) => switchActions(alarms, call.region, input.AlarmNames, true),
    DisableAlarmActions: async (input: { AlarmNames: string[] }, call) => switchActions(alarms, call.region, input.AlarmNames, false),
    SetAlarmState: async (input: { AlarmName: string; StateValue: AlarmState; StateReason: string }, call) => {
      const alarm = alarms.get(call.region, input.AlarmName);
      if (!alarm) throw new AwsError('ResourceNotFound', `Alarm ${input.AlarmName} does not exist`, { status: 404 });
      alarms.setState(alarm, input.StateValue, input.StateReason);
      return {};
    },
  };
}

function describeAlarms(all: Alarm[], input: DescribeAlarmsInput): Record<string, unknown> {
  const types = input.AlarmTypes ?? ['MetricAlarm'];
  const matching = all.filter((alarm) =>
    types.includes(alarm.kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm')
    && (input.AlarmNames === undefined || input.AlarmNames.includes(alarm.name))
    && (input.AlarmNamePrefix === undefined || alarm.name.startsWith(input.AlarmNamePrefix))
    && (input.StateValue === undefined || alarm.state === input.StateValue));
  const sorted = matching.sort((one, two) => (one.name < two.name ? -1 : 1));
  const start = Number(input.NextToken ?? 0);
  const end = start + (input.MaxRecords ?? 50);
  const page = sorted.slice(start, end);
  return {
    MetricAlarms: page.filter((alarm) => alarm.kind === 'metric').map(alarmView),
    CompositeAlarms: page.filter((alarm) => alarm.kind === 'composite').map(alarmView),
    ...(end < sorted.length && { NextToken: String(end) }),
  };
}

function alarmView(alarm: Alarm): Record<string, unknown> {
  const numbers = alarm.kind === 'metric'
    ? { EvaluationPeriods: alarm.evaluationPeriods, DatapointsToAlarm: alarm.datapointsToAlarm, Threshold: alarm.threshold,
        ...(alarm.definition.Period !== undefined && { Period: alarm.periodSeconds }) }
    : {};
  return {
    ...alarm.definition, ...numbers,
    AlarmArn: alarm.arn, ActionsEnabled: alarm.actionsEnabled, StateValue: alarm.state, StateReason: alarm.reason,
    StateUpdatedTimestamp: new Date(alarm.changedAt), StateTransitionedTimestamp: new Date(alarm.changedAt),
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    OKActions: alarm.definition.OKActions ?? [], AlarmActions: alarm.definition.AlarmActions ?? [],
    InsufficientDataActions: alarm.definition.InsufficientDataActions ?? [],
  };
}

function alarmHistory(all: Alarm[], input: HistoryInput): Record<string, unknown> {
  const from = input.StartDate?.getTime() ?? 0;
  const to = input.EndDate?.getTime() ?? Infinity;
  const items = all.filter((alarm) => input.AlarmName === undefined || alarm.name === input.AlarmName).flatMap((alarm) =>
    alarm.history.filter(({ at }) => at >= from && at <= to).map((item) => ({
      AlarmName: alarm.name, AlarmType: alarm.kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm', Timestamp: new Date(item.at),
      HistoryItemType: 'StateUpdate', HistorySummary: item.summary, HistoryData: item.data,
    })));
  const direction = input.ScanBy === 'TimestampAscending' ? 1 : -1;
  items.sort((one, two) => direction * (one.Timestamp.getTime() - two.Timestamp.getTime()));
  return { AlarmHistoryItems: items.slice(0, input.MaxRecords ?? 100) };
}

function switchActions(alarms: Alarms, region: string, names: string[], enabled: boolean): Record<string, never> {
  for (const name of names) {
    const alarm = alarms.get(region, name);
    if (alarm) alarm.actionsEnabled = enabled;
  }
  return {};
}
