/** What the control plane of routing controls knows. States are not here: the cluster holds them. */
export interface Configuration {
  clusters: ClusterRecord[];
  panels: PanelRecord[];
  controls: ControlRecord[];
  rules: SafetyRuleRecord[];
}

export interface ClusterRecord {
  arn: string;
  name: string;
  endpoints: { region: string; endpoint: string }[];
}

export interface PanelRecord {
  arn: string;
  name: string;
  clusterArn: string;
  isDefault: boolean;
}

export interface ControlRecord {
  arn: string;
  name: string;
  panelArn: string;
  clusterArn: string;
}

export interface RuleConfig {
  type: 'ATLEAST' | 'AND' | 'OR';
  threshold: number;
  inverted: boolean;
}

interface RuleBase {
  arn: string;
  name: string;
  panelArn: string;
  config: RuleConfig;
  /** After an accepted change, how long further requests for the rule's controls fail. */
  waitPeriodMs: number;
}

export type SafetyRuleRecord =
  | (RuleBase & { kind: 'assertion'; asserted: string[] })
  | (RuleBase & { kind: 'gating'; gating: string[]; targets: string[] });

/** Regions of a cluster's endpoints. Source: "Amazon Application Recovery Controller endpoints and quotas", General Reference. */
export const endpointRegions = ['us-east-1', 'us-west-2', 'eu-west-1', 'ap-northeast-1', 'ap-southeast-2'] as const;

/** Limits of "Quotas for routing control", ARC developer guide. */
export const limits = { clusters: 2, panelsPerCluster: 50, controlsPerPanel: 100, controlsPerCluster: 300, rulesPerPanel: 20 } as const;

/** Controls whose requests a rule looks at. */
export function controlsOf(rule: SafetyRuleRecord): string[] {
  return rule.kind === 'assertion' ? rule.asserted : rule.targets;
}
