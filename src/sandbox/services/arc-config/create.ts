import { AwsError } from '../../service.js';
import type { World } from '../../world.js';
import type { ClusterRecord, Configuration, ControlRecord, PanelRecord, RuleConfig, SafetyRuleRecord } from './configuration.js';
import { endpointRegions, limits } from './configuration.js';

/** Rule members as the API and the templates spell them; templates may spell numbers and booleans as text. */
export interface RuleInput {
  Name: string;
  ControlPanelArn: string;
  RuleConfig: { Inverted: boolean | string; Threshold: number | string; Type: string };
  AssertionRule?: { AssertedControls: string[]; WaitPeriodMs?: number | string };
  GatingRule?: { GatingControls: string[]; TargetControls: string[]; WaitPeriodMs?: number | string };
}

const defaultWaitPeriodMs = 5000;

export function createCluster(world: World, configuration: Configuration, name: string): ClusterRecord {
  within(world, configuration.clusters.length, limits.clusters, 'clusters');
  refuseSameName(configuration.clusters, name);
  const label = world.random.hex(8);
  const cluster: ClusterRecord = {
    arn: arnOf(world, `cluster/${world.random.uuid()}`),
    name,
    endpoints: endpointRegions.map((region) => ({ region, endpoint: `https://${label}.route53-recovery-cluster.${region}.amazonaws.com/v1` })),
  };
  configuration.clusters.push(cluster);
  configuration.panels.push({ arn: arnOf(world, `controlpanel/${world.random.hex(32)}`), name: 'DefaultControlPanel', clusterArn: cluster.arn, isDefault: true });
  world.changed();
  return cluster;
}

export function createPanel(world: World, configuration: Configuration, name: string, clusterArn: string): PanelRecord {
  found(configuration.clusters, clusterArn, 'cluster');
  const siblings = configuration.panels.filter((panel) => panel.clusterArn === clusterArn);
  within(world, siblings.length, limits.panelsPerCluster, 'control panels');
  refuseSameName(siblings, name);
  const panel: PanelRecord = { arn: arnOf(world, `controlpanel/${world.random.hex(32)}`), name, clusterArn, isDefault: false };
  configuration.panels.push(panel);
  world.changed();
  return panel;
}

export function createControl(world: World, configuration: Configuration, input: { name: string; clusterArn: string; panelArn?: string }): ControlRecord {
  const panel = input.panelArn === undefined
    ? configuration.panels.find((candidate) => candidate.clusterArn === input.clusterArn && candidate.isDefault)
    : found(configuration.panels, input.panelArn, 'control panel');
  if (!panel) throw notFound(input.clusterArn, 'cluster');
  const siblings = configuration.controls.filter((control) => control.panelArn === panel.arn);
  within(world, siblings.length, limits.controlsPerPanel, 'routing controls');
  within(world, configuration.controls.filter((control) => control.clusterArn === panel.clusterArn).length, limits.controlsPerCluster, 'routing controls');
  refuseSameName(siblings, input.name);
  const control: ControlRecord = {
    arn: `${panel.arn}/routingcontrol/${world.random.hex(16)}`, name: input.name, panelArn: panel.arn, clusterArn: panel.clusterArn,
  };
  configuration.controls.push(control);
  world.changed();
  return control;
}

export function createRule(world: World, configuration: Configuration, input: RuleInput): SafetyRuleRecord {
  const panel = found(configuration.panels, input.ControlPanelArn, 'control panel');
  const siblings = configuration.rules.filter((rule) => rule.panelArn === panel.arn);
  within(world, siblings.length, limits.rulesPerPanel, 'safety rules');
  refuseSameName(siblings, input.Name);
  const { AssertionRule: assertion, GatingRule: gating } = input;
  if ((assertion === undefined) === (gating === undefined)) throw invalidRule('exactly one of AssertionRule and GatingRule is needed');
  const base = {
    arn: `${panel.arn}/safetyrule/${world.random.hex(16)}`, name: input.Name, panelArn: panel.arn, config: ruleConfig(input.RuleConfig),
    waitPeriodMs: Number((assertion ?? gating)?.WaitPeriodMs ?? defaultWaitPeriodMs),
  };
  const rule: SafetyRuleRecord = assertion
    ? { ...base, kind: 'assertion', asserted: assertion.AssertedControls }
    : { ...base, kind: 'gating', gating: gating?.GatingControls ?? [], targets: gating?.TargetControls ?? [] };
  const mentioned = rule.kind === 'assertion' ? rule.asserted : [...rule.gating, ...rule.targets];
  for (const arn of mentioned) {
    if (found(configuration.controls, arn, 'routing control').panelArn !== panel.arn) throw invalidRule(`${arn} is not of control panel ${panel.arn}`);
  }
  configuration.rules.push(rule);
  world.changed();
  return rule;
}

function ruleConfig(input: RuleInput['RuleConfig']): RuleConfig {
  const type = input.Type;
  if (type !== 'ATLEAST' && type !== 'AND' && type !== 'OR') throw invalidRule(`unknown rule type ${type}`);
  return { type, threshold: Number(input.Threshold ?? 0), inverted: input.Inverted === true || input.Inverted === 'true' };
}

export function found<Record extends { arn: string }>(records: Record[], arn: string, kind: string): Record {
  const record = records.find((candidate) => candidate.arn === arn);
  if (!record) throw notFound(arn, kind);
  return record;
}

function notFound(arn: string, kind: string): AwsError {
  return new AwsError('ResourceNotFoundException', `No ${kind} was found for ${arn}`, { status: 404 });
}

function invalidRule(why: string): AwsError {
  return new AwsError('ValidationException', `The safety rule is invalid: ${why}`);
}

function refuseSameName(records: { name: string }[], name: string): void {
  if (records.some((record) => record.name === name)) throw new AwsError('ConflictException', `A resource with the name ${name} exists already`, { status: 409 });
}

function within(world: World, count: number, limit: number, what: string): void {
  if (world.quotas === 'on' && count >= limit) {
    throw new AwsError('ServiceQuotaExceededException', `The limit of ${limit} ${what} is reached`, { status: 402 });
  }
}

function arnOf(world: World, resource: string): string {
  return `arn:${world.partition}:route53-recovery-control::${world.account}:${resource}`;
}
