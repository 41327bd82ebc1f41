import type { CallContext } from '../../service.js';
import type { World } from '../../world.js';
import type { ItemKey } from './items/item-store.js';
import type { PackedItem, Version } from './items/packed-item.js';
import { keyText } from './tables/key-schema.js';
import { Replication } from './tables/replication.js';
import { StrongConsistency } from './tables/strong-consistency.js';
import type { StrongTiming } from './tables/strong-consistency.js';
import type { Replica } from './tables/table.js';
import { TableRegistry } from './tables/table.js';
import type { DataTiming, TableData } from './tables/table-data.js';

export type DynamoDbTiming = DataTiming & StrongTiming;

export function defaultTiming(world: World): DynamoDbTiming {
  return {
    indexDelayMs: 50,
    staleReadMs: 20,
    writeLatencyMs: world.latency === 'realistic' ? 60 : 0,
    quorumTimeoutMs: 2000,
    conflictWindowMs: 10,
  };
}

/** Told the item as it stands; returns the item that shall stand there, or undefined to delete it. May throw. */
export type Decide = (current: PackedItem | undefined, version: Version) => PackedItem | undefined;

export interface WriteOutcome {
  before: PackedItem | undefined;
  after: PackedItem | undefined;
}

/** Where the operations meet the tables: which state a read sees, and how a write becomes true. */
export class DynamoDbEngine {
  readonly tables = new TableRegistry();
  readonly replication: Replication;
  readonly strong: StrongConsistency;
  private lastStamp = 0;

  constructor(readonly world: World, readonly timing: DynamoDbTiming) {
    this.replication = new Replication(world, this.tables);
    this.strong = new StrongConsistency(world, this.tables, timing);
  }

  now(): number {
    return this.world.clock.now();
  }

  /** The state for a read. A strongly consistent read of a strong table needs the other Regions. */
  async view(replica: Replica, consistent: boolean, call: CallContext): Promise<TableData> {
    if (replica.table.mode !== 'strong') return replica.data;
    return consistent ? await this.strong.consistentView(replica, call) : this.strong.eventualView(replica);
  }

  readFrom(view: TableData, key: ItemKey, consistent: boolean): PackedItem | undefined {
    const current = view.store.get(key);
    return consistent ? current : view.eventually(key, current, this.now());
  }

  async write(replica: Replica, key: ItemKey, decide: Decide, call: CallContext): Promise<WriteOutcome> {
    const commit = (): WriteOutcome => this.commit(replica, key, decide);
    return replica.table.mode === 'strong' ? await this.strong.write(replica, key, commit, call) : commit();
  }

  /** Makes one write true in this Region and sends it on. Nothing else can come between reading and writing. */
  commit(replica: Replica, key: ItemKey, decide: Decide): WriteOutcome {
    const before = replica.data.store.get(key);
    const version = { writtenAt: this.stamp(), writtenIn: replica.region };
    const after = decide(before, version);
    if (!before && !after) return { before, after };
    replica.data.write(key, after, this.now());
    if (replica.table.mode === 'eventual') {
      if (after) replica.data.tombstones.delete(keyText(key));
      else replica.data.tombstones.set(keyText(key), version);
      this.replication.send(replica, key, after, version);
    }
    this.world.changed();
    return { before, after };
  }

  /** The clock's milliseconds, raised by a fraction so that no two writes have the same. */
  private stamp(): number {
    this.lastStamp = Math.max(this.now(), this.lastStamp + 0.001);
    return this.lastStamp;
  }
}
