import { describe, expect, it } from 'vitest';
import type { ArcCluster } from '../../../../src/sandbox/services/arc-cluster/service.js';
import { createArcCluster, routingControlState } from '../../../../src/sandbox/services/arc-cluster/service.js';
import { endpointRegions } from '../../../../src/sandbox/services/arc-config/configuration.js';
import type { ArcConfig } from '../../../../src/sandbox/services/arc-config/service.js';
import { createArcConfig } from '../../../../src/sandbox/services/arc-config/service.js';
import type { ResourceContext } from '../../../../src/sandbox/service.js';
import type { DataTestWorld } from '../data-test-world.js';
import { callIn, dataTestWorld, invoke } from '../data-test-world.js';

interface Setup {
  world: DataTestWorld;
  config: ArcConfig;
  cluster: ArcCluster;
  clusterArn: string;
  panel: string;
  east: string;
  west: string;
}

const context = { region: 'us-west-2', account: '111122223333', stackName: 'control', logicalId: 'X', assetPath: (key: string) => key, unmodelled: () => undefined } satisfies ResourceContext;

/** A cluster, a panel and a control for each Region, made as a template makes them. */
async function setup(options: Parameters<typeof createArcCluster>[1] = {}): Promise<Setup> {
  const world = dataTestWorld();
  const config = world.register(createArcConfig(world));
  const cluster = world.register(createArcCluster(world, options));
  const clusterArn = await make(config, 'Cluster', { Name: 'batch' });
  const panel = await make(config, 'ControlPanel', { Name: 'pipeline', ClusterArn: clusterArn });
  const control = (name: string): Promise<string> => make(config, 'RoutingControl', { Name: name, ClusterArn: clusterArn, ControlPanelArn: panel });
  return { world, config, cluster, clusterArn, panel, east: await control('east'), west: await control('west') };
}

async function make(config: ArcConfig, type: string, properties: object): Promise<string> {
  const created = await config.resources?.[`AWS::Route53RecoveryControl::${type}`]?.create(context, properties as never);
  return created?.ref ?? '';
}

function neverBoth({ config, panel, east, west }: Setup, waitPeriodMs = 0): Promise<string> {
  return make(config, 'SafetyRule', {
    Name: 'never-both', ControlPanelArn: panel, RuleConfig: { Type: 'ATLEAST', Threshold: '2', Inverted: 'true' },
    AssertionRule: { AssertedControls: [east, west], WaitPeriodMs: waitPeriodMs },
  });
}

async function flip({ cluster }: Setup, endpoint: string, states: Record<string, 'On' | 'Off'>, override: string[] = []): Promise<void> {
  const entries = Object.entries(states).map(([RoutingControlArn, RoutingControlState]) => ({ RoutingControlArn, RoutingControlState }));
  await cluster.operations['UpdateRoutingControlStates']?.({ UpdateRoutingControlStateEntries: entries, SafetyRulesToOverride: override }, callIn(endpoint, `arc:${endpoint}`));
}

async function state({ cluster }: Setup, endpoint: string, arn: string): Promise<string> {
  const answer = await cluster.operations['GetRoutingControlState']?.({ RoutingControlArn: arn }, callIn(endpoint, `arc:${endpoint}`)) as { RoutingControlState: string };
  return answer.RoutingControlState;
}

describe('routing controls', () => {
  it('start Off and are known to health checks', async () => {
    const arc = await setup();
    expect(await state(arc, 'eu-west-1', arc.east)).toBe('Off');
    expect(routingControlState(arc.world, arc.east)).toBe('Off');
    expect(arc.cluster.routingControlState('arn:aws:route53-recovery-control::111122223333:controlpanel/0/routingcontrol/0')).toBeUndefined();
  });

  it('show a change where it was made at once, and everywhere within 15 seconds', async () => {
    const arc = await setup();
    await flip(arc, 'us-west-2', { [arc.west]: 'On' });
    expect(await state(arc, 'us-west-2', arc.west)).toBe('On');
    expect(routingControlState(arc.world, arc.west)).toBe('On');
    const atOnce = await Promise.all(endpointRegions.map((endpoint) => state(arc, endpoint, arc.west)));
    expect(atOnce).toContain('Off');
    await arc.world.clock.advance(15_000);
    for (const endpoint of endpointRegions) expect(await state(arc, endpoint, arc.west)).toBe('On');
  });

  it('never show two controls of one transaction apart', async () => {
    const arc = await setup();
    await flip(arc, 'us-west-2', { [arc.east]: 'On' });
    await arc.world.clock.advance(20_000);
    await flip(arc, 'us-west-2', { [arc.east]: 'Off', [arc.west]: 'On' });
    for (let second = 0; second < 16; second += 1) {
      for (const endpoint of endpointRegions) {
        expect([await state(arc, endpoint, arc.east), await state(arc, endpoint, arc.west)].sort()).toEqual(['Off', 'On']);
      }
      await arc.world.clock.advance(1000);
    }
  });

  it('need three endpoints for a change, but one for a look', async () => {
    const arc = await setup({ slowMs: 1000 });
    for (const region of ['us-east-1', 'eu-west-1']) arc.world.faults.setArcEndpoint(region, 'down');
    await flip(arc, 'us-west-2', { [arc.west]: 'On' });
    arc.world.faults.setRegion('ap-northeast-1', 'down');
    const refused = expect(flip(arc, 'us-west-2', { [arc.west]: 'Off' })).rejects.toMatchObject({ code: 'EndpointTemporarilyUnavailableException' });
    await arc.world.clock.advance(1000);
    await refused;
    expect(await state(arc, 'us-west-2', arc.west)).toBe('On');
    await expect(state(arc, 'us-east-1', arc.west)).rejects.toMatchObject({ code: 'EndpointTemporarilyUnavailableException' });
  });

  it('keep showing the old state at an endpoint that is cut off, until it is back', async () => {
    const arc = await setup();
    arc.world.faults.setRegion('us-east-1', 'isolated');
    await flip(arc, 'us-west-2', { [arc.west]: 'On' });
    await arc.world.clock.advance(60_000);
    expect(await state(arc, 'us-east-1', arc.west)).toBe('Off');
    arc.world.faults.setRegion('us-east-1', 'up');
    await arc.world.clock.advance(15_000);
    expect(await state(arc, 'us-east-1', arc.west)).toBe('On');
  });

  it('take three changes a second at an endpoint and ten controls a call', async () => {
    const arc = await setup();
    for (let change = 0; change < 3; change += 1) await flip(arc, 'us-west-2', { [arc.west]: 'On' });
    await expect(flip(arc, 'us-west-2', { [arc.west]: 'Off' })).rejects.toMatchObject({ code: 'ThrottlingException', members: { retryAfterSeconds: 1 } });
    await flip(arc, 'eu-west-1', { [arc.west]: 'Off' });
    await arc.world.clock.advance(1000);
    await flip(arc, 'us-west-2', { [arc.west]: 'On' });
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, number) => [`${arc.panel}/routingcontrol/${number}`, 'On' as const]));
    await expect(flip(arc, 'us-west-2', many)).rejects.toMatchObject({ code: 'ServiceLimitExceededException' });
  });

  it('are refused now and then during maintenance, when told so', async () => {
    const arc = await setup({ unavailableShare: 0.5 });
    const answers = await Promise.allSettled(Array.from({ length: 40 }, () => state(arc, 'us-west-2', arc.west)));
    expect(new Set(answers.map(({ status }) => status)).size).toBe(2);
  });

  it('survive a restart', async () => {
    const arc = await setup();
    await flip(arc, 'us-west-2', { [arc.west]: 'On' });
    const [config, cluster] = [arc.config, arc.cluster].map((service) => JSON.parse(JSON.stringify(service.snapshot?.())) as never);
    const world = dataTestWorld({ seed: 9 });
    const again = { ...arc, world, config: world.register(createArcConfig(world)), cluster: world.register(createArcCluster(world)) };
    await again.config.restore?.(config as never);
    await again.cluster.restore?.(cluster as never);
    expect(await state(again, 'us-west-2', arc.west)).toBe('On');
  });
});

describe('safety rules', () => {
  it('refuse both On, name the rule, and leave everything as it was', async () => {
    const arc = await setup();
    const rule = await neverBoth(arc);
    await flip(arc, 'us-west-2', { [arc.east]: 'On' });
    const refused = flip(arc, 'us-west-2', { [arc.west]: 'On' });
    await expect(refused).rejects.toMatchObject({ code: 'ConflictException', message: expect.stringContaining(rule) as string });
    expect(routingControlState(arc.world, arc.west)).toBe('Off');
    await flip(arc, 'us-west-2', { [arc.east]: 'Off', [arc.west]: 'On' });
    expect(routingControlState(arc.world, arc.west)).toBe('On');
    await flip(arc, 'eu-west-1', { [arc.west]: 'Off' });
  });

  it('can be overridden by their ARN, one after the other', async () => {
    const arc = await setup();
    const first = await neverBoth(arc);
    const second = await make(arc.config, 'SafetyRule', {
      Name: 'east-stays-off', ControlPanelArn: arc.panel, RuleConfig: { Type: 'OR', Threshold: 0, Inverted: true }, AssertionRule: { AssertedControls: [arc.east], WaitPeriodMs: 0 },
    });
    const both = { [arc.east]: 'On', [arc.west]: 'On' } as const;
    await expect(flip(arc, 'us-west-2', both)).rejects.toThrow(first);
    await expect(flip(arc, 'us-west-2', both, [first])).rejects.toThrow(second);
    await flip(arc, 'us-west-2', both, [first, second]);
    expect(routingControlState(arc.world, arc.east)).toBe('On');
  });

  it('refuse every request for their controls during the wait period after a change', async () => {
    const arc = await setup();
    const rule = await neverBoth(arc, 5000);
    await flip(arc, 'us-west-2', { [arc.east]: 'On' });
    await arc.world.clock.advance(4999);
    await expect(flip(arc, 'eu-west-1', { [arc.east]: 'Off', [arc.west]: 'On' })).rejects.toThrow(rule);
    await arc.world.clock.advance(1);
    await flip(arc, 'eu-west-1', { [arc.east]: 'Off', [arc.west]: 'On' });
  });

  it('let a gate decide over its targets', async () => {
    const arc = await setup();
    const gate = await make(arc.config, 'RoutingControl', { Name: 'gate', ClusterArn: arc.clusterArn, ControlPanelArn: arc.panel });
    await make(arc.config, 'SafetyRule', {
      Name: 'gated', ControlPanelArn: arc.panel, RuleConfig: { Type: 'AND', Threshold: 0, Inverted: false }, GatingRule: { GatingControls: [gate], TargetControls: [arc.west], WaitPeriodMs: 0 },
    });
    await expect(flip(arc, 'us-west-2', { [arc.west]: 'On' })).rejects.toMatchObject({ code: 'ConflictException' });
    await flip(arc, 'us-west-2', { [gate]: 'On' });
    await flip(arc, 'us-west-2', { [arc.west]: 'On' });
  });
});

describe('the configuration', () => {
  it('describes the five endpoints and lists what the templates made', async () => {
    const { config, clusterArn, panel, east, west } = await setup();
    const { Cluster: cluster } = await invoke<{ Cluster: { ClusterEndpoints: { Endpoint: string; Region: string }[] } }>(config, 'DescribeCluster', { ClusterArn: clusterArn }, 'us-west-2');
    expect(cluster.ClusterEndpoints.map(({ Region }) => Region).sort()).toEqual([...endpointRegions].sort());
    for (const { Endpoint, Region } of cluster.ClusterEndpoints) expect(Endpoint).toMatch(new RegExp(`^https://[0-9a-f]{8}\\.route53-recovery-cluster\\.${Region}\\.amazonaws\\.com/v1$`));
    expect(await invoke(config, 'ListRoutingControls', { ControlPanelArn: panel }, 'us-west-2')).toMatchObject({ RoutingControls: [{ RoutingControlArn: east }, { RoutingControlArn: west }] });
    expect(east).toMatch(/^arn:aws:route53-recovery-control::111122223333:controlpanel\/[0-9a-f]{32}\/routingcontrol\/[0-9a-f]{16}$/);
    const { ControlPanels: panels } = await invoke<{ ControlPanels: { DefaultControlPanel: boolean; RoutingControlCount: number }[] }>(config, 'ListControlPanels', { ClusterArn: clusterArn }, 'us-west-2');
    expect(panels.map(({ DefaultControlPanel, RoutingControlCount }) => [DefaultControlPanel, RoutingControlCount])).toEqual([[true, 0], [false, 2]]);
  });

  it('is served in us-west-2 only', async () => {
    const { config } = await setup();
    await expect(invoke(config, 'ListClusters', {}, 'us-east-1')).rejects.toMatchObject({ code: 'AccessDeniedException' });
  });

  it('keeps to the number of clusters and tells missing things', async () => {
    const { config } = await setup();
    await make(config, 'Cluster', { Name: 'second' });
    await expect(make(config, 'Cluster', { Name: 'third' })).rejects.toMatchObject({ code: 'ServiceQuotaExceededException' });
    await expect(invoke(config, 'ListSafetyRules', { ControlPanelArn: 'arn:none' }, 'us-west-2')).rejects.toMatchObject({ code: 'ResourceNotFoundException', status: 404 });
  });
});
