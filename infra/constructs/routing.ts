import * as arc from 'aws-cdk-lib/aws-route53recoverycontrol';
import { Construct } from 'constructs';
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
