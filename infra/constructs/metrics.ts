import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { type FunctionName, namesOf } from './names.js';
import type { Settings } from './settings.js';

const fiveMinutes = Duration.minutes(5);

/**
 * Series that alarms and dashboards read. Without `region` a metric is its reader's own; an alarm can have no other.
 */

/** What the functions count (infra/pipeline/telemetry.ts). These metrics have no dimensions. */
export function ownMetric(settings: Settings, metricName: string, statistic: string, period: Duration = fiveMinutes, region?: string): cloudwatch.Metric {
  return new cloudwatch.Metric({ namespace: settings.app, metricName, statistic, period, ...(region ? { region } : {}) });
}

export function functionMetric(settings: Settings, name: FunctionName, metricName: string, region?: string): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/Lambda', metricName, dimensionsMap: { FunctionName: namesOf(settings).function(name) }, statistic: 'Sum', period: fiveMinutes, ...(region ? { region } : {}),
  });
}

export function executionMetric(settings: Settings, metricName: string, region: string): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/States', metricName, dimensionsMap: { StateMachineArn: namesOf(settings).stateMachineArn(region) }, statistic: 'Sum', period: fiveMinutes, region,
  });
}

/** S3 publishes lag and pending operations in the destination Region, failures in the source Region. */
export function replicationMetric(settings: Settings, metricName: string, from: string, to: string, statistic: string, period: Duration = fiveMinutes, region?: string): cloudwatch.Metric {
  const names = namesOf(settings);
  return new cloudwatch.Metric({
    namespace: 'AWS/S3', metricName, statistic, period,
    dimensionsMap: { SourceBucket: names.bucket(from), DestinationBucket: names.bucket(to), RuleId: names.replicationRule(to) },
    ...(region ? { region } : {}),
  });
}

/** How many letters there are, with those that the sweep has just looked at and that are hidden for it. */
export function deadLetters(settings: Settings, period: Duration = fiveMinutes, region?: string): cloudwatch.MathExpression {
  const counted = (metricName: string): cloudwatch.Metric => new cloudwatch.Metric({
    namespace: 'AWS/SQS', metricName, dimensionsMap: { QueueName: namesOf(settings).deadLetterQueue }, statistic: 'Maximum', period, ...(region ? { region } : {}),
  });
  return new cloudwatch.MathExpression({
    expression: 'SUM([FILL(visible, 0), FILL(hidden, 0)])', label: 'letters in the dead-letter queue', period,
    usingMetrics: { visible: counted('ApproximateNumberOfMessagesVisible'), hidden: counted('ApproximateNumberOfMessagesNotVisible') },
  });
}
