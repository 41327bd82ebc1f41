/**
 * The control plane of ARC routing control (`route53-recovery-control-config`): clusters with five endpoints, control
 * panels, routing controls and safety rules. It lives in us-west-2 and shares that Region's fate, as in AWS: nothing
 * here may be needed during a failover. Resources are there at once (AWS takes minutes to deploy a cluster).
 */
import type { Operation, RequiredPermission, Service } from '../../service.js';
import { AwsError } from '../../service.js';
import type { World } from '../../world.js';
import type { ClusterRecord, Configuration, ControlRecord, PanelRecord, SafetyRuleRecord } from './configuration.js';
import type { RuleInput } from './create.js';
import { createCluster, createControl, createPanel, createRule, found } from './create.js';
import { arcResources } from './resources.js';

export const controlPlaneRegion = 'us-west-2';

export interface ArcConfig extends Service {
  /** Read by the cluster, which is told of every change in AWS too. */
  readonly configuration: Configuration;
}

interface Page {
  MaxResults?: number;
  NextToken?: string;
}

export function createArcConfig(world: World): ArcConfig {
  const configuration: Configuration = { clusters: [], panels: [], controls: [], rules: [] };
  return {
    name: 'route53-recovery-control-config',
    configuration,
    operations: { ...readOperations(configuration), ...createOperations(world, configuration) },
    permissions,
    resources: arcResources(world, configuration),
    snapshot: () => structuredClone(configuration),
    restore: (state: Configuration) => { Object.assign(configuration, structuredClone(state)); },
  };
}

function readOperations(configuration: Configuration): Record<string, Operation> {
  const described = <Input, Output>(describe: (input: Input) => Output): Operation => async (input: Input, call) => {
    refuseElsewhere(call.region);
    return describe(input);
  };
  return {
    ListClusters: described((input: Page) => listed(configuration.clusters.map(clusterView), 'Clusters', input)),
    DescribeCluster: described((input: { ClusterArn: string }) => ({ Cluster: clusterView(found(configuration.clusters, input.ClusterArn, 'cluster')) })),
    ListControlPanels: described((input: Page & { ClusterArn?: string }) => {
      const panels = configuration.panels.filter((panel) => input.ClusterArn === undefined || panel.clusterArn === input.ClusterArn);
      return listed(panels.map((panel) => panelView(configuration, panel)), 'ControlPanels', input);
    }),
    DescribeControlPanel: described((input: { ControlPanelArn: string }) => (
      { ControlPanel: panelView(configuration, found(configuration.panels, input.ControlPanelArn, 'control panel')) })),
    ListRoutingControls: described((input: Page & { ControlPanelArn: string }) => {
      found(configuration.panels, input.ControlPanelArn, 'control panel');
      return listed(configuration.controls.filter((control) => control.panelArn === input.ControlPanelArn).map(controlView), 'RoutingControls', input);
    }),
    DescribeRoutingControl: described((input: { RoutingControlArn: string }) => (
      { RoutingControl: controlView(found(configuration.controls, input.RoutingControlArn, 'routing control')) })),
    ListSafetyRules: described((input: Page & { ControlPanelArn: string }) => {
      found(configuration.panels, input.ControlPanelArn, 'control panel');
      return listed(configuration.rules.filter((rule) => rule.panelArn === input.ControlPanelArn).map(ruleView), 'SafetyRules', input);
    }),
    DescribeSafetyRule: described((input: { SafetyRuleArn: string }) => {
      const view = ruleView(found(configuration.rules, input.SafetyRuleArn, 'safety rule'));
      return { AssertionRule: view.ASSERTION, GatingRule: view.GATING };
    }),
  };
}

function createOperations(world: World, configuration: Configuration): Record<string, Operation> {
  return {
    CreateCluster: async (input: { ClusterName: string }, call) => {
      refuseElsewhere(call.region);
      return { Cluster: clusterView(createCluster(world, configuration, input.ClusterName)) };
    },
    CreateControlPanel: async (input: { ClusterArn: string; ControlPanelName: string }, call) => {
      refuseElsewhere(call.region);
      return { ControlPanel: panelView(configuration, createPanel(world, configuration, input.ControlPanelName, input.ClusterArn)) };
    },
    CreateRoutingControl: async (input: { ClusterArn: string; ControlPanelArn?: string; RoutingControlName: string }, call) => {
      refuseElsewhere(call.region);
      const panel = input.ControlPanelArn === undefined ? {} : { panelArn: input.ControlPanelArn };
      return { RoutingControl: controlView(createControl(world, configuration, { name: input.RoutingControlName, clusterArn: input.ClusterArn, ...panel })) };
    },
    CreateSafetyRule: async (input: { AssertionRule?: RuleInput & { AssertedControls: string[]; WaitPeriodMs: number }; GatingRule?: RuleInput & { GatingControls: string[]; TargetControls: string[]; WaitPeriodMs: number } }, call) => {
      refuseElsewhere(call.region);
      const { AssertionRule: assertion, GatingRule: gating } = input;
      const given = assertion ?? gating;
      if (!given) throw new AwsError('ValidationException', 'AssertionRule or GatingRule is needed');
      const { Name, ControlPanelArn, RuleConfig } = given;
      const view = ruleView(createRule(world, configuration, {
        Name, ControlPanelArn, RuleConfig, ...(assertion && { AssertionRule: assertion }), ...(gating && { GatingRule: gating }),
      }));
      return { AssertionRule: view.ASSERTION, GatingRule: view.GATING };
    },
  };
}

/** The API has one Regional endpoint only. */
function refuseElsewhere(region: string): void {
  if (region !== controlPlaneRegion) {
    throw new AwsError('AccessDeniedException', `Routing control configuration is served in ${controlPlaneRegion} only, not in ${region}`, { status: 403 });
  }
}

function permissions(operation: string, input: unknown): RequiredPermission[] {
  const arns = input as Record<string, string | undefined>;
  const resource = arns['SafetyRuleArn'] ?? arns['RoutingControlArn'] ?? arns['ControlPanelArn'] ?? arns['ClusterArn'];
  return [{ action: `route53-recovery-control-config:${operation}`, resource: resource ?? '*' }];
}

function listed<View, Name extends string>(views: View[], name: Name, page: Page): Record<string, unknown> {
  const start = Number(page.NextToken ?? 0);
  const end = start + (page.MaxResults ?? 1000);
  return { [name]: views.slice(start, end), ...(end < views.length && { NextToken: String(end) }) };
}

function clusterView(cluster: ClusterRecord): Record<string, unknown> {
  return {
    ClusterArn: cluster.arn, Name: cluster.name, Status: 'DEPLOYED',
    ClusterEndpoints: cluster.endpoints.map(({ region, endpoint }) => ({ Endpoint: endpoint, Region: region })),
  };
}

function panelView(configuration: Configuration, panel: PanelRecord): Record<string, unknown> {
  return {
    ControlPanelArn: panel.arn, ClusterArn: panel.clusterArn, Name: panel.name, DefaultControlPanel: panel.isDefault, Status: 'DEPLOYED',
    RoutingControlCount: configuration.controls.filter((control) => control.panelArn === panel.arn).length,
  };
}

function controlView(control: ControlRecord): Record<string, unknown> {
  return { RoutingControlArn: control.arn, ControlPanelArn: control.panelArn, Name: control.name, Status: 'DEPLOYED' };
}

function ruleView(rule: SafetyRuleRecord): { ASSERTION?: Record<string, unknown>; GATING?: Record<string, unknown> } {
  const { type, threshold, inverted } = rule.config;
  const base = {
    SafetyRuleArn: rule.arn, ControlPanelArn: rule.panelArn, Name: rule.name, Status: 'DEPLOYED', WaitPeriodMs: rule.waitPeriodMs,
    RuleConfig: { Type: type, Threshold: threshold, Inverted: inverted },
  };
  return rule.kind === 'assertion'
    ? { ASSERTION: { ...base, AssertedControls: rule.asserted } }
    : { GATING: { ...base, GatingControls: rule.gating, TargetControls: rule.targets } };
}
