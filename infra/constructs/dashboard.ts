import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { deadLetters, executionMetric, functionMetric, ownMetric, replicationMetric } from './metrics.js';
import { functionNames, namesOf, peerOf } from './names.js';
import type { Settings } from './settings.js';

const halfWidth = 12;
const graphHeight = 5;

/**
 * Both Regions side by side, the home Region on the left. Dashboards have one namespace for the whole account, so each
 * Region's has its Region in its name; they show the same, so that whichever console answers will do.
 */
export class BothRegionsDashboard extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, region: string) {
    super(scope, id);
    const sides = [settings.home, settings.other];
    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', { dashboardName: namesOf(settings).dashboard(region) });
    dashboard.addWidgets(...sides.map((side) => heading(settings, side)));
    dashboard.addWidgets(...sides.map((side) => alarmStates(this, settings, side)));
    for (const graph of graphs(settings)) {
      dashboard.addWidgets(...sides.map((side) => new cloudwatch.GraphWidget({
        title: `${graph.title}, ${side}`, region: side, width: halfWidth, height: graphHeight, left: graph.left(side), ...(graph.right ? { right: graph.right(side) } : {}),
        leftYAxis: { min: 0, showUnits: false },
      })));
    }
  }
}

function heading(settings: Settings, side: string): cloudwatch.TextWidget {
  const role = side === settings.home ? 'home' : 'standby';
  return new cloudwatch.TextWidget({
    width: halfWidth, height: 2,
    markdown: `## ${side} (${role})\nWhich Region is active, and what to do: \`batchctl -d ${settings.app} status\``,
  });
}

function alarmStates(scope: Construct, settings: Settings, side: string): cloudwatch.AlarmStatusWidget {
  const names = namesOf(settings);
  return new cloudwatch.AlarmStatusWidget({
    title: `Alarms of ${side}`, width: halfWidth, height: 4,
    alarms: names.alarms.map((name) => cloudwatch.Alarm.fromAlarmArn(scope, `${side}-${name}`, names.alarmArn(name, side))),
  });
}

interface Graph {
  title: string;
  left(side: string): cloudwatch.IMetric[];
  right?(side: string): cloudwatch.IMetric[];
}

function graphs(settings: Settings): Graph[] {
  const own = (side: string, statistic: string, ...metricNames: string[]): cloudwatch.IMetric[] => metricNames.map((name) => ownMetric(settings, name, statistic, undefined, side));
  const functionsOf = (side: string, metricName: string): cloudwatch.IMetric[] => functionNames.map((name) => functionMetric(settings, name, metricName, side));
  return [
    { title: 'Active Region (1) and synthetic jobs', left: (side) => own(side, 'Maximum', 'ActiveRegion').concat(own(side, 'Average', 'CanarySucceeded')), right: (side) => own(side, 'Maximum', 'CanarySeconds') },
    { title: 'Files accepted, held, split; parts', left: (side) => own(side, 'Sum', 'FilesAccepted', 'FilesHeld', 'FilesSplit', 'PartsProcessed', 'PartsReused') },
    { title: 'Jobs', left: (side) => own(side, 'Sum', 'JobsStarted', 'JobsSucceeded', 'JobsFailed', 'JobsParked', 'CommitRefused', 'ZombiesStopped') },
    { title: 'Executions (synthetic ones too)', left: (side) => ['ExecutionsStarted', 'ExecutionsSucceeded', 'ExecutionsFailed', 'ExecutionsAborted', 'ExecutionsTimedOut'].map((name) => executionMetric(settings, name, side)) },
    { title: 'Open jobs, and age of the oldest (s)', left: (side) => own(side, 'Maximum', 'OpenJobs'), right: (side) => own(side, 'Maximum', 'OldestOpenJobSeconds') },
    { title: 'Seconds a job takes', left: (side) => ['p50', 'p95'].flatMap((statistic) => own(side, statistic, 'JobSeconds')) },
    { title: 'Rows', left: (side) => own(side, 'Sum', 'RowsIn', 'RowsOut', 'RowsRejected') },
    {
      title: 'Replication to here: seconds behind, operations pending',
      left: (side) => [replicationMetric(settings, 'ReplicationLatency', peerOf(settings, side), side, 'Maximum', undefined, side)],
      right: (side) => [replicationMetric(settings, 'OperationsPendingReplication', peerOf(settings, side), side, 'Maximum', undefined, side)],
    },
    { title: 'Replication from here: operations failed', left: (side) => [replicationMetric(settings, 'OperationsFailedReplication', side, peerOf(settings, side), 'Sum', undefined, side)] },
    { title: 'E-mails', left: (side) => own(side, 'Sum', 'NotificationsSent', 'NotificationsUncertain', 'NotificationsFailed') },
    { title: 'Events that reached no function, and those that the sweep took back', left: (side) => [deadLetters(settings, undefined, side)], right: (side) => own(side, 'Sum', 'DeadLettersTaken') },
    { title: 'Functions: errors and throttles', left: (side) => functionsOf(side, 'Errors'), right: (side) => functionsOf(side, 'Throttles') },
    { title: 'The other Region as seen from here', left: (side) => own(side, 'Maximum', 'OtherRegionCanaryFailures', 'OtherRegionAlarm'), right: (side) => own(side, 'Maximum', 'OtherRegionFailedPercent') },
  ];
}
