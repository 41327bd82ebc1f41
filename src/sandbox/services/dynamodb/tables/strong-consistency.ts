import type { CallContext } from '../../../service.js';
import { AwsError } from '../../../service.js';
import type { World } from '../../../world.js';
import type { ItemKey } from '../items/item-store.js';
import { keyText } from './key-schema.js';
import type { Replica, Table, TableRegistry } from './table.js';
import type { TableData } from './table-data.js';

export interface StrongTiming {
  /** How long a write is under way between Regions. */
  writeLatencyMs: number;
  /** How long a call waits for the other Regions before it fails. */
  quorumTimeoutMs: number;
  /** Within this time, writes of one item from two Regions may collide even if neither is under way any more. */
  conflictWindowMs: number;
}

interface Trace {
  region: string;
  at: number;
}

/**
 * Multi-Region strong consistency: a write returns when its Region and one other of the three have it; a Region that
 * sees neither other one can do nothing that needs agreement. Source: "Multi-Region strong consistency", developer guide.
 */
export class StrongConsistency {
  /** Region that has a write of the item under way, with how many. */
  private readonly underWay = new Map<string, { region: string; writes: number }>();
  private readonly recent = new Map<string, Trace>();

  constructor(private readonly world: World, tables: TableRegistry, private readonly timing: StrongTiming) {
    world.faults.onChange(() => {
      for (const table of tables.tables()) for (const replica of table.replicas.values()) this.thaw(replica);
    });
  }

  /** The latest state, once the Region is sure of it. Throws InternalServerError when it cannot be. */
  async consistentView(replica: Replica, call: CallContext): Promise<TableData> {
    await this.requireQuorum(replica, call);
    return replica.data;
  }

  /** The state that the Region saw last: it may be old when the Region is cut off. */
  eventualView(replica: Replica): TableData {
    return replica.frozen ?? replica.data;
  }

  /** Runs `commit` when the Regions agree. Throws ReplicatedWriteConflictException, or InternalServerError. */
  async write<Outcome>(replica: Replica, key: ItemKey, commit: () => Outcome, call: CallContext): Promise<Outcome> {
    await this.requireQuorum(replica, call);
    const name = `${replica.table.id} ${keyText(key)}`;
    this.refuseConflict(name, replica.region);
    if (this.timing.writeLatencyMs > 0) await this.travel(name, replica, commit);
    this.freezeOthers(replica);
    const outcome = commit();
    this.leaveTrace(name, replica.region);
    return outcome;
  }

  hasQuorum(table: Table, region: string): boolean {
    const voters = [...table.replicas.keys(), ...(table.witness ? [table.witness] : [])];
    return voters.some((voter) => voter !== region && this.world.faults.reachable(region, voter));
  }

  private async requireQuorum(replica: Replica, call: CallContext): Promise<void> {
    if (this.hasQuorum(replica.table, replica.region)) return;
    await this.world.clock.sleep(this.timing.quorumTimeoutMs, call.signal);
    if (!this.hasQuorum(replica.table, replica.region)) throw new NoQuorumError();
  }

  private refuseConflict(name: string, region: string): void {
    const other = this.underWay.get(name);
    if (other && other.region !== region) throw conflict();
    const trace = this.recent.get(name);
    if (!trace || trace.region === region || this.world.clock.now() - trace.at >= this.timing.conflictWindowMs) return;
    if (this.world.random.below(3) === 0) throw conflict();
  }

  /** A Region that is cut off meanwhile cannot tell its caller whether the write counted: it may, or may not. */
  private async travel(name: string, replica: Replica, commit: () => unknown): Promise<void> {
    const entry = this.underWay.get(name) ?? { region: replica.region, writes: 0 };
    entry.writes += 1;
    this.underWay.set(name, entry);
    try {
      await this.world.clock.sleep(this.timing.writeLatencyMs * (0.75 + this.world.random.next() / 2));
    } finally {
      entry.writes -= 1;
      if (entry.writes === 0) this.underWay.delete(name);
    }
    if (this.hasQuorum(replica.table, replica.region)) return;
    throw this.world.random.below(2) === 0 ? this.commitUnheard(replica, commit) : new NoQuorumError();
  }

  /** The other Regions took the write; the one that sent it hears nothing, not even that its condition failed. */
  private commitUnheard(replica: Replica, commit: () => unknown): NoQuorumError {
    this.freezeOthers(replica, true);
    try {
      return new NoQuorumError(commit());
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return new NoQuorumError();
    }
  }

  /** Regions that cannot learn of the write that follows keep what they saw until now. */
  private freezeOthers(writer: Replica, includingWriter = false): void {
    for (const replica of writer.table.replicas.values()) {
      if ((replica === writer && !includingWriter) || replica.frozen) continue;
      if (!this.hasQuorum(replica.table, replica.region)) replica.frozen = replica.data.clone();
    }
  }

  private thaw(replica: Replica): void {
    if (replica.frozen && this.hasQuorum(replica.table, replica.region)) delete replica.frozen;
  }

  private leaveTrace(name: string, region: string): void {
    if (this.timing.conflictWindowMs === 0) return;
    const now = this.world.clock.now();
    this.recent.delete(name);
    this.recent.set(name, { region, at: now });
    for (const [oldest, { at }] of this.recent) {
      if (now - at < this.timing.conflictWindowMs) break;
      this.recent.delete(oldest);
    }
  }
}

/** What a Region answers that no other one does. */
export class NoQuorumError extends AwsError {
  /** `unheard`: what the write that was asked for did all the same. Nobody who called is told; who looks from outside is. */
  constructor(readonly unheard?: unknown) {
    super('InternalServerError', 'Internal server error: the table\'s other Regions do not answer', { status: 500 });
  }
}

function conflict(): AwsError {
  return new AwsError('ReplicatedWriteConflictException', 'One or more items in this request are being modified by a request in another Region.');
}
