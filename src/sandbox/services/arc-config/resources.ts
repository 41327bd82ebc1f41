import type { CreatedResource, ResourceHandler } from '../../service.js';
import { AwsError } from '../../service.js';
import type { World } from '../../world.js';
import type { Configuration } from './configuration.js';
import type { RuleInput } from './create.js';
import { createCluster, createControl, createPanel, createRule } from './create.js';

interface ControlProperties {
  Name: string;
  ClusterArn?: string;
  ControlPanelArn?: string;
}

/** A routing control comes into the world Off; its state is set by operators, never by a template. */
export function arcResources(world: World, configuration: Configuration): Record<string, ResourceHandler> {
  const removeFrom = (records: 'clusters' | 'panels' | 'controls' | 'rules'): NonNullable<ResourceHandler['remove']> => async (_context, previous) => {
    const gone = (arn: string): boolean => arn === previous.ref;
    configuration[records] = configuration[records].filter(({ arn }) => !gone(arn)) as never;
    // A cluster's default panel comes and goes with it.
    configuration.panels = configuration.panels.filter((panel) => !gone(panel.clusterArn));
    world.changed();
  };
  return {
    'AWS::Route53RecoveryControl::Cluster': {
      properties: ['Name', 'Tags'],
      create: async (_context, { Name: name }: { Name: string }) => {
        const cluster = createCluster(world, configuration, name);
        return { ref: cluster.arn, attributes: { ClusterArn: cluster.arn, Status: 'DEPLOYED' } };
      },
      remove: removeFrom('clusters'),
    },
    'AWS::Route53RecoveryControl::ControlPanel': {
      properties: ['Name', 'ClusterArn', 'Tags'],
      create: async (_context, properties: { Name: string; ClusterArn: string }) => {
        const panel = createPanel(world, configuration, properties.Name, properties.ClusterArn);
        return { ref: panel.arn, attributes: { ControlPanelArn: panel.arn, Status: 'DEPLOYED', DefaultControlPanel: false, RoutingControlCount: 0 } };
      },
      remove: removeFrom('panels'),
    },
    'AWS::Route53RecoveryControl::RoutingControl': {
      properties: ['Name', 'ClusterArn', 'ControlPanelArn'],
      create: async (_context, properties: ControlProperties) => {
        const control = createControl(world, configuration, {
          name: properties.Name, clusterArn: properties.ClusterArn ?? '',
          ...(properties.ControlPanelArn !== undefined && { panelArn: properties.ControlPanelArn }),
        });
        return { ref: control.arn, attributes: { RoutingControlArn: control.arn, Status: 'DEPLOYED' } };
      },
      remove: removeFrom('controls'),
    },
    'AWS::Route53RecoveryControl::SafetyRule': {
      properties: ['Name', 'ControlPanelArn', 'RuleConfig', 'AssertionRule', 'GatingRule', 'Tags'],
      create: async (_context, properties: RuleInput) => {
        const rule = createRule(world, configuration, properties);
        return { ref: rule.arn, attributes: { SafetyRuleArn: rule.arn, Status: 'DEPLOYED' } };
      },
      update: async (_context, properties: RuleInput, previous) => updateRule(world, configuration, properties, previous),
      remove: removeFrom('rules'),
    },
  };
}

/** As in AWS, a rule's name and wait period can change; another condition needs another rule. */
function updateRule(world: World, configuration: Configuration, properties: RuleInput, previous: CreatedResource): CreatedResource {
  const rule = configuration.rules.find((candidate) => candidate.arn === previous.ref);
  if (!rule) throw new AwsError('ResourceNotFoundException', `No safety rule was found for ${previous.ref}`, { status: 404 });
  rule.name = properties.Name;
  const waitPeriodMs = (properties.AssertionRule ?? properties.GatingRule)?.WaitPeriodMs;
  if (waitPeriodMs !== undefined) rule.waitPeriodMs = Number(waitPeriodMs);
  world.changed();
  return previous;
}
