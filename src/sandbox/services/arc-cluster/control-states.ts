import type { World } from '../../world.js';

export type RoutingState = 'On' | 'Off';

interface Change {
  state: RoutingState;
  /** By endpoint Region: from when on it shows there. An endpoint that could not be told yet is missing. */
  visibleAt: Record<string, number>;
}

export type ControlStatesSnapshot = Record<string, Change[]>;

/**
 * States of routing controls as five endpoints see them. A change counts once the quorum has it; the endpoint that
 * accepted it shows it at once and the others within 15 seconds, 5 on average. An endpoint that is cut off goes on
 * showing what it knew. Source: "AWS Regions and Availability Zones for routing control", ARC developer guide.
 */
export class ControlStates {
  private changes = new Map<string, Change[]>();

  constructor(private readonly world: World, private readonly endpoints: readonly string[]) {
    world.faults.onChange(() => this.tellReconnected());
  }

  /** What the cluster as a whole has agreed on. New controls are Off. */
  agreed(arn: string): RoutingState {
    return this.changes.get(arn)?.at(-1)?.state ?? 'Off';
  }

  seenAt(arn: string, endpoint: string): RoutingState {
    const now = this.world.clock.now();
    const seen = (this.changes.get(arn) ?? []).findLast(({ visibleAt }) => (visibleAt[endpoint] ?? Infinity) <= now);
    return seen?.state ?? 'Off';
  }

  accept(states: ReadonlyMap<string, RoutingState>, endpoint: string): void {
    const now = this.world.clock.now();
    // One transaction reaches another endpoint as a whole.
    const visibleAt: Record<string, number> = {};
    for (const region of this.endpoints) {
      if (region === endpoint) visibleAt[region] = now;
      else if (this.isConnected(region)) visibleAt[region] = now + this.spreadMs();
    }
    for (const [arn, state] of states) {
      const history = this.changes.get(arn) ?? [];
      history.push({ state, visibleAt: { ...visibleAt } });
      this.changes.set(arn, this.withoutForgotten(history, now));
    }
    this.world.changed();
  }

  /** How many endpoints can take part in an agreement with `endpoint`, itself included. */
  connectedWith(endpoint: string): number {
    const { faults } = this.world;
    return this.endpoints.filter((other) =>
      faults.arcEndpoint(other) !== 'down' && (other === endpoint ? faults.region(other) !== 'down' : faults.reachable(endpoint, other))).length;
  }

  snapshot(): ControlStatesSnapshot {
    return Object.fromEntries(this.changes);
  }

  restore(snapshot: ControlStatesSnapshot): void {
    this.changes = new Map(Object.entries(structuredClone(snapshot)));
  }

  /** Between 0 and 15 s, 5 on average. */
  private spreadMs(): number {
    return 15_000 * this.world.random.next() ** 2;
  }

  private isConnected(endpoint: string): boolean {
    const state = this.world.faults.region(endpoint);
    return this.world.faults.arcEndpoint(endpoint) !== 'down' && state !== 'down' && state !== 'isolated';
  }

  private tellReconnected(): void {
    const now = this.world.clock.now();
    for (const endpoint of this.endpoints.filter((region) => this.isConnected(region))) {
      const catchesUpAt = now + this.spreadMs();
      for (const history of this.changes.values()) for (const change of history) change.visibleAt[endpoint] ??= catchesUpAt;
    }
  }

  /** Changes before the newest one that every endpoint sees can never be shown again. */
  private withoutForgotten(history: Change[], now: number): Change[] {
    const settled = history.findLastIndex(({ visibleAt }) => this.endpoints.every((endpoint) => (visibleAt[endpoint] ?? Infinity) <= now));
    return settled > 0 ? history.slice(settled) : history;
  }
}
