import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type AlarmName, namesOf, peerOf } from './names.js';
import { deadLetters, functionMetric, ownMetric, replicationMetric } from './metrics.js';
import type { Settings } from './settings.js';

const { BREACHING, NOT_BREACHING, IGNORE } = cloudwatch.TreatMissingData;
const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD: atLeast, GREATER_THAN_THRESHOLD: above, LESS_THAN_THRESHOLD: below } = cloudwatch.ComparisonOperator;

interface Rule {
  /** What an operator reads in the alert: what it means and where to look. */
  description: string;
  metric: cloudwatch.IMetric;
  operator: cloudwatch.ComparisonOperator;
  threshold: number;
  /** `of` periods are looked at; the alarm goes off when `breaching` of them break the threshold. */
  breaching: number;
  of: number;
  /** What a period without a datapoint counts as; never left to the default, which would show it as neither. */
  missing: cloudwatch.TreatMissingData;
}

/** An old job is three times as old as the expected time of `policy.expectedJobSeconds`, as in go / no-go. */
const oldJobSeconds = 900;
/** `policy.replicationBadSeconds`; also what Replication Time Control promises. */
const lateReplicationSeconds = 900;
/** As in go / no-go. */
const badCallsPercent = 5;
const throttlesInFiveMinutes = 20;

/** The functions whose throttling delays jobs. A math alarm may hold ten metrics. */
const jobPath = ['ingest', 'split', 'process-part', 'merge', 'commit', 'sweep'] as const;

/**
 * The alarms of one Region and the two composite ones that operators and automation look at: `impaired` says that this
 * Region cannot do its work, as it sees itself; `other-impaired` says the same of the other Region as it is seen from here,
 * and so is readable while the other Region, its CloudWatch included, answers nobody.
 *
 * The second rests on what this Region's observer finds each minute: whether the other Region answers probes, how its
 * synthetic jobs went (stamped in the ledger, of which this Region holds a replica), and, while it can be read, the state of
 * its own `impaired`.
 */
export class RegionAlarms extends Construct {
  readonly byName: Record<AlarmName, cloudwatch.AlarmBase>;

  constructor(scope: Construct, id: string, settings: Settings, region: string, topic: sns.ITopic) {
    super(scope, id);
    const names = namesOf(settings);
    const notify = new actions.SnsAction(topic);
    const simple = Object.fromEntries(Object.entries(rulesFor(settings, region)).map(([name, rule]) => {
      const alarm = new cloudwatch.Alarm(this, name, {
        alarmName: names.alarm(name as AlarmName),
        alarmDescription: rule.description,
        metric: rule.metric,
        comparisonOperator: rule.operator,
        threshold: rule.threshold,
        evaluationPeriods: rule.of,
        datapointsToAlarm: rule.breaching,
        treatMissingData: rule.missing,
      });
      alarm.addAlarmAction(notify);
      return [name, alarm];
    })) as Record<SimpleAlarmName, cloudwatch.Alarm>;
    const composite = (name: AlarmName, alarmDescription: string, alarmRule: cloudwatch.IAlarmRule): cloudwatch.CompositeAlarm => {
      const alarm = new cloudwatch.CompositeAlarm(this, name, { compositeAlarmName: names.alarm(name), alarmDescription, alarmRule });
      alarm.addAlarmAction(notify);
      alarm.addOkAction(notify);
      return alarm;
    };
    const peer = peerOf(settings, region);
    this.byName = {
      ...simple,
      impaired: composite('impaired', `${region} cannot do its work, as it sees itself: its synthetic jobs fail, or old jobs pile up while jobs fail or functions are throttled. See: batchctl assess`,
        cloudwatch.AlarmRule.anyOf(simple.canary, cloudwatch.AlarmRule.allOf(simple['oldest-job'], cloudwatch.AlarmRule.anyOf(simple['failed-jobs'], simple.throttles)))),
      'other-impaired': composite('other-impaired', `${peer} is impaired, as it is seen from ${region}. See: batchctl assess --to ${region}`,
        cloudwatch.AlarmRule.anyOf(simple['other-probes'], simple['other-canary'], simple['other-alarm'])),
    };
  }
}

type SimpleAlarmName = Exclude<AlarmName, 'impaired' | 'other-impaired'>;

function rulesFor(settings: Settings, region: string): Record<SimpleAlarmName, Rule> {
  const peer = peerOf(settings, region);
  const own = (name: string, statistic: string, minutes: number): cloudwatch.Metric => ownMetric(settings, name, statistic, Duration.minutes(minutes));
  return {
    canary: {
      description: `Three of the last five synthetic jobs of ${region} failed or did not run.`,
      metric: own('CanarySucceeded', 'Minimum', settings.canaryMinutes), operator: below, threshold: 1, breaching: 3, of: 5,
      // A Region in which the canary cannot even start is what this alarm is for.
      missing: BREACHING,
    },
    'failed-jobs': {
      description: 'A job failed. See which and why: batchctl jobs --state FAILED',
      metric: own('JobsFailed', 'Sum', 5), operator: atLeast, threshold: 1, breaching: 1, of: 1,
      // Counted when it happens: no datapoint is no failure.
      missing: NOT_BREACHING,
    },
    'oldest-job': {
      description: `The oldest unfinished job was accepted more than ${oldJobSeconds} s ago. See: batchctl jobs`,
      metric: own('OldestOpenJobSeconds', 'Maximum', 1), operator: above, threshold: oldJobSeconds, breaching: 3, of: 5,
      // Only the active Region reports it.
      missing: NOT_BREACHING,
    },
    'sweep-failures': {
      description: 'The sweep fails in parts: jobs may be held or left behind. See the log of the sweep function.',
      metric: own('SweepFailures', 'Sum', 1), operator: atLeast, threshold: 1, breaching: 3, of: 5, missing: NOT_BREACHING,
    },
    'dead-letters': {
      description: 'Events that reached no function after all retries stay in the dead-letter queue: the sweep takes back those of new inputs, and could not, or they are others. The queue keeps them for 14 days. See "Dead letters" in infra/README.md.',
      // What the sweep takes back in time needs nobody.
      metric: deadLetters(settings, Duration.minutes(1)), operator: atLeast, threshold: 1, breaching: 5, of: 10,
      // SQS publishes nothing of a queue that nobody uses.
      missing: NOT_BREACHING,
    },
    'replication-latency': {
      description: `Objects of ${peer} reach ${region} more than ${lateReplicationSeconds} s late: a failover to ${region} may leave inputs behind.`,
      metric: replicationMetric(settings, 'ReplicationLatency', peer, region, 'Maximum', Duration.minutes(1)), operator: above, threshold: lateReplicationSeconds, breaching: 3, of: 5,
      // S3 publishes on a best effort, and AWS advises to ignore gaps (S3 user guide, replication metrics).
      missing: IGNORE,
    },
    'replication-failures': {
      description: `Objects of ${region} could not be replicated to ${peer} and will not be tried again. Look for a permission that changed.`,
      metric: replicationMetric(settings, 'OperationsFailedReplication', region, peer, 'Sum', Duration.minutes(5)), operator: atLeast, threshold: 1, breaching: 1, of: 1, missing: IGNORE,
    },
    throttles: {
      description: 'Functions on the path of jobs are throttled: the account\'s Lambda concurrency is used up.',
      metric: throttles(settings), operator: atLeast, threshold: throttlesInFiveMinutes, breaching: 2, of: 3, missing: NOT_BREACHING,
    },
    'commit-refused': {
      description: 'The ledger refused a commit of an older epoch: the fence held. See: batchctl status',
      metric: own('CommitRefused', 'Sum', 5), operator: atLeast, threshold: 1, breaching: 1, of: 1, missing: NOT_BREACHING,
    },
    'other-probes': {
      description: `${peer} failed ${badCallsPercent} % or more of the calls of ${region} in three of the last five minutes.`,
      metric: own('OtherRegionFailedPercent', 'Maximum', 1), operator: atLeast, threshold: badCallsPercent, breaching: 3, of: 5,
      // An observer that is silent is this Region's own trouble and no evidence against the other.
      missing: NOT_BREACHING,
    },
    'other-canary': {
      description: `Three of the last five synthetic jobs of ${peer} failed, or none ended lately, by the ledger as ${region} reads it.`,
      metric: own('OtherRegionCanaryFailures', 'Maximum', 1), operator: atLeast, threshold: 3, breaching: 2, of: 3, missing: NOT_BREACHING,
    },
    'other-alarm': {
      description: `${peer} says of itself that it is impaired.`,
      metric: own('OtherRegionAlarm', 'Maximum', 1), operator: atLeast, threshold: 1, breaching: 2, of: 3, missing: NOT_BREACHING,
    },
  };
}

function throttles(settings: Settings): cloudwatch.MathExpression {
  const usingMetrics = Object.fromEntries(jobPath.map((name) => [name.replace('-', '_'), functionMetric(settings, name, 'Throttles')]));
  return new cloudwatch.MathExpression({
    expression: `SUM([${Object.keys(usingMetrics).map((id) => `FILL(${id}, 0)`).join(', ')}])`, usingMetrics, label: 'throttled calls on the path of jobs', period: Duration.minutes(5),
  });
}
