import { CfnOutput, Fn, type Stack } from 'aws-cdk-lib';
import { controlRegion, namesOf } from './names.js';
import type { Settings } from './settings.js';

/**
 * What the control stack knows only once it is deployed, by output name. The regional stacks read these with
 * `Fn::GetStackOutput`, which works across Regions without an export or a custom resource.
 */
export const publishedNames = {
  clusterArn: 'ClusterArn',
  controlPanelArn: 'ControlPanelArn',
  safetyRuleArn: 'SafetyRuleArn',
  accessPointAlias: 'AccessPointAlias',
  zoneId: 'ZoneId',
  /** A Route 53 zone has four name servers. */
  nameServer: (index: number) => `NameServer${index + 1}`,
  routingControlArn: (region: string) => `RoutingControlArn${camel(region)}`,
  healthCheckId: (region: string) => `HealthCheckId${camel(region)}`,
  clusterEndpoint: (region: string) => `ClusterEndpoint${camel(region)}`,
} as const;

/** Publishes a value under a name of `publishedNames`, exactly (no prefix of the construct tree). */
export function publish(stack: Stack, name: string, value: string): void {
  new CfnOutput(stack, name, { value }).overrideLogicalId(name);
}

/** Reads what the control stack published. */
export function published(settings: Settings, name: string): string {
  return Fn.getStackOutput(namesOf(settings).stacks.control, name, controlRegion);
}

/** `us-east-1` → `UsEast1`: output names and attribute names hold letters and digits only. */
export function camel(region: string): string {
  return region.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
