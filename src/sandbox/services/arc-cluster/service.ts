/**
 * The data plane of ARC routing control (`ToggleCustomerAPI`): five endpoints, each reached through the failure domain
 * `arc:<Region>`. It promises to imitate: an update needs three endpoints in agreement; the other endpoints learn of it
 * within 15 seconds; an update of several controls is one transaction on which safety rules decide; a rule refuses
 * requests for its wait period after a change; at most 3 mutating calls a second at an endpoint and 10 controls a call;
 * endpoints that are down, slow, or now and then unavailable for maintenance. Reading needs the one endpoint only.
 */
import type { CallContext, Operation, RequiredPermission, Service } from '../../service.js';
import { AwsError } from '../../service.js';
import type { World } from '../../world.js';
import type { Configuration, ControlRecord } from '../arc-config/configuration.js';
import { controlsOf, endpointRegions } from '../arc-config/configuration.js';
import type { ArcConfig } from '../arc-config/service.js';
import type { ControlStatesSnapshot, RoutingState } from './control-states.js';
import { ControlStates } from './control-states.js';
import { enforceSafetyRules } from './safety-rules.js';

export interface ArcCluster extends Service {
  /** The state that the cluster has agreed on, as Route 53's health checks follow it; undefined for no such control. */
  routingControlState(arn: string): RoutingState | undefined;
}

export interface ArcClusterOptions {
  /** Share of calls that an endpoint under maintenance refuses. */
  unavailableShare?: number;
  /** How long a slow endpoint takes, and one that cannot find a quorum. */
  slowMs?: number;
}

interface StateEntry {
  RoutingControlArn: string;
  RoutingControlState: RoutingState;
}

interface ArcSnapshot {
  states: ControlStatesSnapshot;
  ruleChanges: Record<string, number>;
}

const maximumControls = 10;
const mutationsPerSecond = 3;

export function createArcCluster(world: World, options: ArcClusterOptions = {}): ArcCluster {
  const cluster = new Cluster(world, {
    unavailableShare: options.unavailableShare ?? (world.latency === 'realistic' ? 0.01 : 0), slowMs: options.slowMs ?? 4000,
  });
  const served = <Input, Output>(operation: (input: Input, endpoint: string) => Output | Promise<Output>): Operation =>
    async (input: Input, call) => operation(input, await cluster.endpointOf(call));
  return {
    name: 'route53-recovery-cluster',
    operations: {
      GetRoutingControlState: served((input: { RoutingControlArn: string }, endpoint) => cluster.get(input.RoutingControlArn, endpoint)),
      ListRoutingControls: served((input: ListInput, endpoint) => cluster.list(input, endpoint)),
      UpdateRoutingControlState: served((input: StateEntry & { SafetyRulesToOverride?: string[] }, endpoint) =>
        cluster.update([input], input.SafetyRulesToOverride ?? [], endpoint)),
      UpdateRoutingControlStates: served((input: { UpdateRoutingControlStateEntries: StateEntry[]; SafetyRulesToOverride?: string[] }, endpoint) =>
        cluster.update(input.UpdateRoutingControlStateEntries, input.SafetyRulesToOverride ?? [], endpoint)),
    },
    permissions,
    routingControlState: (arn) => cluster.agreedState(arn),
    snapshot: () => cluster.snapshot(),
    restore: (state: ArcSnapshot) => cluster.restore(state),
    inspect: () => cluster.inspect(),
  };
}

/** For callers that hold the world only, such as health checks. */
export function routingControlState(world: World, arn: string): RoutingState | undefined {
  return (world.service('route53-recovery-cluster') as ArcCluster).routingControlState(arn);
}

interface ListInput {
  ControlPanelArn?: string;
  MaxResults?: number;
  NextToken?: string;
}

class Cluster {
  private readonly states: ControlStates;
  private ruleChanges = new Map<string, number>();
  private readonly mutations = new Map<string, number[]>();

  constructor(private readonly world: World, private readonly options: Required<ArcClusterOptions>) {
    this.states = new ControlStates(world, endpointRegions);
  }

  /** The endpoint that a call came in through, if it is fit to answer. */
  async endpointOf(call: CallContext): Promise<string> {
    const endpoint = call.domain.startsWith('arc:') ? call.domain.slice('arc:'.length) : call.region;
    if (!(endpointRegions as readonly string[]).includes(endpoint)) {
      throw new AwsError('AccessDeniedException', `A cluster has no endpoint in ${endpoint}`, { status: 403 });
    }
    const state = this.world.faults.arcEndpoint(endpoint);
    if (state === 'down') throw unavailable();
    if (state === 'slow') await this.world.clock.sleep(this.options.slowMs, call.signal);
    const share = this.world.faults.region(endpoint) === 'gray' ? 0.3 : this.options.unavailableShare;
    if (share > 0 && this.world.random.next() < share) throw unavailable();
    return endpoint;
  }

  get(arn: string, endpoint: string): Record<string, string> {
    const control = this.control(arn);
    return { RoutingControlArn: arn, RoutingControlName: control.name, RoutingControlState: this.states.seenAt(arn, endpoint) };
  }

  list(input: ListInput, endpoint: string): Record<string, unknown> {
    const { controls, panels } = this.configuration();
    const chosen = controls.filter((control) => input.ControlPanelArn === undefined || control.panelArn === input.ControlPanelArn);
    const start = Number(input.NextToken ?? 0);
    const end = start + (input.MaxResults ?? 500);
    return {
      RoutingControls: chosen.slice(start, end).map((control) => ({
        ControlPanelArn: control.panelArn, ControlPanelName: panels.find(({ arn }) => arn === control.panelArn)?.name, Owner: this.world.account,
        RoutingControlArn: control.arn, RoutingControlName: control.name, RoutingControlState: this.states.seenAt(control.arn, endpoint),
      })),
      ...(end < chosen.length && { NextToken: String(end) }),
    };
  }

  async update(entries: StateEntry[], overridden: string[], endpoint: string): Promise<Record<string, never>> {
    this.checkEntries(entries);
    this.throttle(endpoint);
    if (this.states.connectedWith(endpoint) < 3) {
      await this.world.clock.sleep(this.options.slowMs);
      throw unavailable();
    }
    const states = new Map(entries.map((entry) => [entry.RoutingControlArn, entry.RoutingControlState]));
    const { rules } = this.configuration();
    const now = this.world.clock.now();
    enforceSafetyRules(rules, {
      states, overridden: new Set(overridden), now,
      agreed: (arn) => this.states.agreed(arn), lastChange: (arn) => this.ruleChanges.get(arn),
    });
    const changed = new Set([...states].filter(([arn, state]) => this.states.agreed(arn) !== state).map(([arn]) => arn));
    for (const rule of rules) if (controlsOf(rule).some((arn) => changed.has(arn))) this.ruleChanges.set(rule.arn, now);
    this.states.accept(states, endpoint);
    return {};
  }

  agreedState(arn: string): RoutingState | undefined {
    return this.configuration().controls.some((control) => control.arn === arn) ? this.states.agreed(arn) : undefined;
  }

  snapshot(): ArcSnapshot {
    return { states: this.states.snapshot(), ruleChanges: Object.fromEntries(this.ruleChanges) };
  }

  restore(state: ArcSnapshot): void {
    this.states.restore(state.states);
    this.ruleChanges = new Map(Object.entries(state.ruleChanges));
  }

  inspect(): Record<string, unknown> {
    return { routingControls: Object.fromEntries(this.configuration().controls.map(({ arn, name }) => [name, this.states.agreed(arn)])) };
  }

  private configuration(): Configuration {
    return (this.world.service('route53-recovery-control-config') as ArcConfig).configuration;
  }

  private control(arn: string): ControlRecord {
    const control = this.configuration().controls.find((candidate) => candidate.arn === arn);
    if (!control) {
      throw new AwsError('ResourceNotFoundException', `No routing control was found for ${arn}`, {
        status: 404, members: { resourceId: arn, resourceType: 'routingcontrol' },
      });
    }
    return control;
  }

  private checkEntries(entries: StateEntry[]): void {
    if (entries.length > maximumControls) {
      throw new AwsError('ServiceLimitExceededException', `At most ${maximumControls} routing controls can be updated in one call`, {
        status: 402, members: { limitCode: 'routing-controls-per-update', serviceCode: 'route53-recovery-cluster' },
      });
    }
    for (const entry of entries) {
      this.control(entry.RoutingControlArn);
      if (entry.RoutingControlState !== 'On' && entry.RoutingControlState !== 'Off') {
        throw new AwsError('ValidationException', `A routing control's state is On or Off, not ${String(entry.RoutingControlState)}`);
      }
    }
    if (new Set(entries.map((entry) => entry.RoutingControlArn)).size !== entries.length) {
      throw new AwsError('ValidationException', 'A routing control occurs twice in the request');
    }
  }

  private throttle(endpoint: string): void {
    if (this.world.quotas === 'off') return;
    const now = this.world.clock.now();
    const recent = (this.mutations.get(endpoint) ?? []).filter((at) => now - at < 1000);
    if (recent.length >= mutationsPerSecond) {
      throw new AwsError('ThrottlingException', 'Rate exceeded', { status: 429, members: { retryAfterSeconds: 1 } });
    }
    this.mutations.set(endpoint, [...recent, now]);
  }
}

function unavailable(): AwsError {
  return new AwsError('EndpointTemporarilyUnavailableException', 'The cluster endpoint is not available. Try another cluster endpoint.', { status: 503 });
}

function permissions(operation: string, input: unknown): RequiredPermission[] {
  const action = `route53-recovery-cluster:${operation}`;
  const request = input as { RoutingControlArn?: string; UpdateRoutingControlStateEntries?: StateEntry[]; SafetyRulesToOverride?: string[] };
  const context = { 'route53-recovery-cluster:AllowSafetyRulesOverrides': String((request.SafetyRulesToOverride ?? []).length > 0) };
  if (request.UpdateRoutingControlStateEntries) {
    return request.UpdateRoutingControlStateEntries.map((entry) => ({ action, resource: entry.RoutingControlArn, context }));
  }
  if (operation === 'ListRoutingControls') return [{ action, resource: '*' }];
  return [{ action, resource: request.RoutingControlArn ?? '*', ...(operation.startsWith('Update') && { context }) }];
}
