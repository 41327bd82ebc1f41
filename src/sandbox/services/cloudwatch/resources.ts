import type { CreatedResource, ResourceContext, ResourceHandler } from '../../service.js';
import type { CompositeAlarmInput, MetricAlarmInput } from './alarm-definition.js';
import type { Alarms } from './alarms.js';
import type { Dashboards } from './dashboards.js';

type Optional<Input extends { AlarmName: string }> = Omit<Input, 'AlarmName'> & { AlarmName?: string };

const actionProperties = ['AlarmName', 'AlarmDescription', 'ActionsEnabled', 'OKActions', 'AlarmActions', 'InsufficientDataActions', 'Tags'] as const;

export function cloudWatchResources(alarms: Alarms, dashboards: Dashboards): Record<string, ResourceHandler> {
  const putAlarm = async (context: ResourceContext, properties: Optional<MetricAlarmInput>, previous?: CreatedResource): Promise<CreatedResource> => {
    const alarm = alarms.putMetricAlarm(context.region, { ...properties, AlarmName: nameOf(context, properties.AlarmName, previous) });
    return { ref: alarm.name, attributes: { Arn: alarm.arn } };
  };
  const putComposite = async (context: ResourceContext, properties: Optional<CompositeAlarmInput>, previous?: CreatedResource): Promise<CreatedResource> => {
    const alarm = alarms.putCompositeAlarm(context.region, { ...properties, AlarmName: nameOf(context, properties.AlarmName, previous) });
    return { ref: alarm.name, attributes: { Arn: alarm.arn } };
  };
  const putDashboard = async (context: ResourceContext, properties: { DashboardName?: string; DashboardBody: string }, previous?: CreatedResource): Promise<CreatedResource> => {
    const name = nameOf(context, properties.DashboardName, previous);
    dashboards.put(context.region, name, properties.DashboardBody);
    return { ref: name, attributes: {} };
  };
  const removeAlarm = async (context: ResourceContext, previous: CreatedResource): Promise<void> => { alarms.delete(context.region, [previous.ref]); };
  return {
    'AWS::CloudWatch::Alarm': {
      properties: [
        ...actionProperties, 'MetricName', 'Namespace', 'Dimensions', 'Period', 'Statistic', 'ExtendedStatistic', 'Metrics', 'EvaluationPeriods',
        'DatapointsToAlarm', 'Threshold', 'ComparisonOperator', 'TreatMissingData',
      ],
      create: putAlarm,
      update: putAlarm,
      remove: removeAlarm,
    },
    'AWS::CloudWatch::CompositeAlarm': { properties: [...actionProperties, 'AlarmRule'], create: putComposite, update: putComposite, remove: removeAlarm },
    'AWS::CloudWatch::Dashboard': { properties: ['DashboardName', 'DashboardBody'], create: putDashboard, update: putDashboard, remove: async (context, previous) => { dashboards.remove(context.region, previous.ref); } },
  };
}

function nameOf(context: ResourceContext, given: string | undefined, previous: CreatedResource | undefined): string {
  return given ?? previous?.ref ?? `${context.stackName}-${context.logicalId}`;
}
