import type { Deployment, RegionResources } from '../../src/config/schema.js';
import { mrapControlRegions } from '../../src/config/schema.js';
import { clusterEndpoints } from './batch-functions.js';
import { describeFaults } from './fault-templates.js';
import { functionNames, namesOf, peerOf } from './names.js';
import { published, publishedNames } from './published.js';
import { neverBothOn } from './safety-rule.js';
import type { Settings } from './settings.js';

/** What a deployment says of itself; the operator's own choices (policy, credentials, …) are not the stacks' to make. */
export type DeploymentDescription = Omit<Deployment, 'default' | 'dns' | 'transport' | 'credentials' | 'policy' | 'extensionPoints'> & {
  dns: { zoneId: string; recordName: string; nameServers: string[] };
};

/**
 * Everything that an operation needs, in the shape of `deploymentSchema`, so that no control plane is asked during one.
 * Values that only a deployment knows are tokens: turn it into text with `Stack.toJsonString`.
 */
export function describeDeployment(settings: Settings, codeVersion: string): DeploymentDescription {
  const names = namesOf(settings);
  const { home, other } = settings;
  const alias = published(settings, publishedNames.accessPointAlias);
  return {
    schemaVersion: 1,
    name: settings.app,
    account: settings.account,
    partition: 'aws',
    codeVersion,
    home,
    other,
    witness: settings.witness,
    regions: { [home]: describeRegion(settings, home), [other]: describeRegion(settings, other) },
    mrap: { name: names.accessPoint, alias, arn: names.accessPointArn(alias), controlRegions: [...mrapControlRegions] },
    ledgerTable: names.ledgerTable,
    referenceTable: names.referenceTable,
    arc: settings.arc ? {
      clusterArn: published(settings, publishedNames.clusterArn),
      controlPanelArn: published(settings, publishedNames.controlPanelArn),
      endpoints: clusterEndpoints(settings),
      routingControls: Object.fromEntries([home, other].map((region) => [region, published(settings, publishedNames.routingControlArn(region))])),
      safetyRules: [published(settings, publishedNames.safetyRuleArn)],
      assertionRules: [{ arn: published(settings, publishedNames.safetyRuleArn), name: neverBothOn.name(settings), regions: [home, other], ...neverBothOn.rule }],
    } : null,
    roles: { operator: names.roleArn(names.operatorRole), observer: names.roleArn(names.observerRole) },
    ...(settings.chaos ? { faultTemplates: describeFaults(settings) } : {}),
    dns: {
      zoneId: published(settings, publishedNames.zoneId),
      recordName: names.activeRegionRecord,
      nameServers: [0, 1, 2, 3].map((index) => published(settings, publishedNames.nameServer(index))),
    },
  };
}

function describeRegion(settings: Settings, region: string): RegionResources {
  const names = namesOf(settings);
  return {
    bucket: names.bucket(region),
    stateMachineArn: names.stateMachineArn(region),
    functions: Object.fromEntries(functionNames.map((name) => [name, names.function(name)])),
    deadLetterQueueUrl: names.deadLetterQueueUrl(region),
    topicArn: names.alertTopicArn(region),
    ...(settings.notify === 'sns' ? { resultsTopicArn: names.resultsTopicArn(region) } : {}),
    alarms: names.alarms.map((name) => names.alarm(name)),
    dashboard: names.dashboard(region),
    replicationRuleId: names.replicationRule(peerOf(settings, region)),
    // Without ARC it is made with the Region's alarms, after this description.
    ...(settings.arc ? { healthCheckId: published(settings, publishedNames.healthCheckId(region)) } : {}),
  };
}
