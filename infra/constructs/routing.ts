import * as arc from 'aws-cdk-lib/aws-route53recoverycontrol';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Fn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { namesOf } from './names.js';
import { neverBothOn } from './safety-rule.js';
import type { Settings } from './settings.js';

/**
 * A safety rule refuses every request within this time of the last change. It is there to stop a script that flaps; the
 * moves of operators are kept apart by the ledger's lock and epoch. It is far below the default of 5 s so that the one
 * retry that matters, after an answer that was lost, is never refused.
 */
const safetyRuleWaitMs = 1000;

/**
 * The outer switch: an ARC cluster with one routing control a Region, and the rule that never lets both be On. Both Off is
 * a legal state, "fenced". New controls start Off and no stack ever sets their state, so a redeploy cannot undo a failover.
 */
export class RoutingSwitch extends Construct {
  readonly cluster: arc.CfnCluster;
  readonly controlPanel: arc.CfnControlPanel;
  readonly safetyRule: arc.CfnSafetyRule;
  readonly controls: Record<string, arc.CfnRoutingControl>;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.cluster = new arc.CfnCluster(this, 'Cluster', { name: settings.app });
    const clusterArn = this.cluster.attrClusterArn;
    this.controlPanel = new arc.CfnControlPanel(this, 'Panel', { name: settings.app, clusterArn });
    const controlPanelArn = this.controlPanel.attrControlPanelArn;
    const control = (region: string): arc.CfnRoutingControl =>
      new arc.CfnRoutingControl(this, `Control-${region}`, { name: `${settings.app}-${region}`, clusterArn, controlPanelArn });
    this.controls = { [settings.home]: control(settings.home), [settings.other]: control(settings.other) };
    this.safetyRule = new arc.CfnSafetyRule(this, 'NeverBothOn', {
      name: neverBothOn.name(settings),
      controlPanelArn,
      assertionRule: {
        assertedControls: Object.values(this.controls).map((each) => each.attrRoutingControlArn),
        waitPeriodMs: safetyRuleWaitMs,
      },
      ruleConfig: { ...neverBothOn.rule },
    });
  }
}

/**
 * The DNS face of the switch, for systems that follow by name: a TXT record that reads as the active Region. Its two
 * values fail over with the health checks of the routing controls, through Route 53's data plane alone.
 *
 * With both controls Off Route 53 answers with the primary: DNS cannot say "nowhere", so nothing here may fence by it.
 */
export class ActiveRegionRecord extends Construct {
  readonly zone: route53.CfnHostedZone;
  readonly healthChecks: Record<string, route53.CfnHealthCheck>;
  readonly nameServers: string[];

  constructor(scope: Construct, id: string, settings: Settings, routing: RoutingSwitch) {
    super(scope, id);
    this.zone = new route53.CfnHostedZone(this, 'Zone', { name: settings.zoneName });
    this.nameServers = [0, 1, 2, 3].map((index) => Fn.select(index, this.zone.attrNameServers));
    this.healthChecks = {
      [settings.home]: this.add(settings, settings.home, 'PRIMARY', routing),
      [settings.other]: this.add(settings, settings.other, 'SECONDARY', routing),
    };
  }

  private add(settings: Settings, region: string, failover: 'PRIMARY' | 'SECONDARY', routing: RoutingSwitch): route53.CfnHealthCheck {
    const control = routing.controls[region] as arc.CfnRoutingControl;
    const healthCheck = new route53.CfnHealthCheck(this, `HealthCheck-${region}`, {
      healthCheckConfig: { type: 'RECOVERY_CONTROL', routingControlArn: control.attrRoutingControlArn },
      healthCheckTags: [{ key: 'Name', value: `${settings.app}-${region}` }],
    });
    new route53.CfnRecordSet(this, `Record-${region}`, {
      hostedZoneId: this.zone.attrId,
      name: namesOf(settings).activeRegionRecord,
      type: 'TXT',
      ttl: '60',
      setIdentifier: region,
      failover,
      healthCheckId: healthCheck.attrHealthCheckId,
      resourceRecords: [`"${region}"`],
    });
    return healthCheck;
  }
}
