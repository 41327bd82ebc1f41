import { Duration, Fn } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { ownMetric } from './metrics.js';
import { namesOf } from './names.js';
import type { RoutingSwitch } from './routing.js';
import type { Settings } from './settings.js';

/** The zone of the record that names the active Region, for systems that follow by name. */
export class ActiveRegionZone extends Construct {
  readonly zone: route53.CfnHostedZone;
  readonly nameServers: string[];

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.zone = new route53.CfnHostedZone(this, 'Zone', { name: settings.zoneName });
    this.nameServers = [0, 1, 2, 3].map((index) => Fn.select(index, this.zone.attrNameServers));
  }

  /**
   * With ARC: the record's two values fail over with the health checks of the routing controls, through Route 53's data
   * plane alone. With both controls Off Route 53 answers with the primary: DNS cannot say "nowhere", so nothing may fence
   * by it.
   */
  followSwitch(settings: Settings, routing: RoutingSwitch): Record<string, route53.CfnHealthCheck> {
    return Object.fromEntries([settings.home, settings.other].map((region) => {
      const routingControlArn = routing.controls[region]?.attrRoutingControlArn ?? '';
      return [region, addAnswer(this, settings, region, this.zone.attrId, { type: 'RECOVERY_CONTROL', routingControlArn })];
    }));
  }
}

/**
 * Without ARC: one Region's value of the same record, behind a health check on the metric by which its sweep says each
 * minute whether the ledger calls it active. It follows a move by two to three minutes, and a Region that is silent is not
 * active. The check looks at the alarm's metric and not at its state (Route 53 developer guide, health checks that monitor
 * a CloudWatch alarm), and can only be made where the alarm is.
 */
export class LedgerFollowingRecord extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, region: string, hostedZoneId: string) {
    super(scope, id);
    const alarmName = namesOf(settings).inactiveAlarm;
    const alarm = new cloudwatch.CfnAlarm(this, 'Inactive', {
      alarmName,
      alarmDescription: `${region} is not the active Region, by the ledger as ${region} reads it. DNS follows it; nothing is wrong with a standby that shows it.`,
      namespace: settings.app,
      metricName: ownMetric(settings, 'ActiveRegion', 'Maximum').metricName,
      statistic: 'Maximum',
      period: Duration.minutes(1).toSeconds(),
      evaluationPeriods: 2,
      comparisonOperator: 'LessThanThreshold',
      threshold: 1,
      treatMissingData: 'breaching',
    });
    const healthCheck = addAnswer(this, settings, region, hostedZoneId, { type: 'CLOUDWATCH_METRIC', alarmIdentifier: { name: alarmName, region }, insufficientDataHealthStatus: 'Unhealthy' });
    healthCheck.addResourceDependency(alarm);
  }
}

function addAnswer(scope: Construct, settings: Settings, region: string, hostedZoneId: string, healthCheckConfig: route53.CfnHealthCheck.HealthCheckConfigProperty): route53.CfnHealthCheck {
  const healthCheck = new route53.CfnHealthCheck(scope, `HealthCheck-${region}`, {
    healthCheckConfig, healthCheckTags: [{ key: 'Name', value: `${settings.app}-${region}` }],
  });
  new route53.CfnRecordSet(scope, `Record-${region}`, {
    hostedZoneId,
    name: namesOf(settings).activeRegionRecord,
    type: 'TXT',
    ttl: '60',
    setIdentifier: region,
    failover: region === settings.home ? 'PRIMARY' : 'SECONDARY',
    healthCheckId: healthCheck.attrHealthCheckId,
    resourceRecords: [`"${region}"`],
  });
  return healthCheck;
}
