import { Stack, type StackProps } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ActiveRegionZone } from '../constructs/active-region-record.js';
import { DeploymentResources } from '../constructs/deployment-resources.js';
import { namesOf } from '../constructs/names.js';
import { PeopleRoles } from '../constructs/people.js';
import { publish, publishedNames } from '../constructs/published.js';
import { RoutingSwitch } from '../constructs/routing.js';
import type { Settings } from '../constructs/settings.js';

/**
 * What belongs to neither Region: routing controls, the record that names the active Region, the Multi-Region Access Point
 * for uploads, and the deployment's two custom resources. It stands in us-west-2, where ARC and the access point have
 * their control planes; no operation ever needs this stack, only deployments do.
 */
export class ControlStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings, resourcesCodePath: string, props: StackProps) {
    super(scope, id, props);
    const names = namesOf(settings);
    const pair = [settings.home, settings.other];

    const accessPoint = new s3.CfnMultiRegionAccessPoint(this, 'Uploads', {
      name: names.accessPoint,
      regions: pair.map((region) => ({ bucket: names.bucket(region), bucketAccountId: settings.account })),
      publicAccessBlockConfiguration: { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
    });
    publish(this, publishedNames.accessPointAlias, accessPoint.attrAlias);

    const active = new ActiveRegionZone(this, 'ActiveRegion', settings);
    publish(this, publishedNames.zoneId, active.zone.attrId);
    active.nameServers.forEach((nameServer, index) => publish(this, publishedNames.nameServer(index), nameServer));
    const routing = settings.arc ? this.switchFollowedBy(active, settings) : undefined;

    new PeopleRoles(this, 'People', settings, {
      accessPointArn: names.accessPointArn(accessPoint.attrAlias),
      routingControlArns: Object.values(routing?.controls ?? {}).map((control) => control.attrRoutingControlArn),
    });

    const clusterArn = routing?.cluster.attrClusterArn;
    const resources = new DeploymentResources(this, 'Deployment', settings, resourcesCodePath, clusterArn);
    resources.replicateStandby();
    if (clusterArn === undefined) return;
    for (const { region, endpoint } of resources.clusterEndpoints(clusterArn)) publish(this, publishedNames.clusterEndpoint(region), endpoint);
  }

  private switchFollowedBy(active: ActiveRegionZone, settings: Settings): RoutingSwitch {
    const routing = new RoutingSwitch(this, 'Routing', settings);
    publish(this, publishedNames.clusterArn, routing.cluster.attrClusterArn);
    publish(this, publishedNames.controlPanelArn, routing.controlPanel.attrControlPanelArn);
    publish(this, publishedNames.safetyRuleArn, routing.safetyRule.attrSafetyRuleArn);
    for (const [region, control] of Object.entries(routing.controls)) publish(this, publishedNames.routingControlArn(region), control.attrRoutingControlArn);
    for (const [region, healthCheck] of Object.entries(active.followSwitch(settings, routing))) publish(this, publishedNames.healthCheckId(region), healthCheck.attrHealthCheckId);
    return routing;
  }
}
