import type { World } from '../../../world.js';
import type { ItemKey } from '../items/item-store.js';
import type { PackedItem, Version } from '../items/packed-item.js';
import { keyText } from './key-schema.js';
import type { Replica, Table, TableRegistry } from './table.js';
import { isNewer } from './table.js';

/** A write on its way to another Region. `item` is undefined for a deletion. */
interface Delivery {
  key: ItemKey;
  item: PackedItem | undefined;
  version: Version;
  writtenAt: number;
  dueAt: number;
}

interface Stream {
  table: Table;
  from: string;
  to: string;
  waiting: Delivery[];
  cancelTimer?: () => void;
}

export interface ReplicationSnapshot {
  table: string;
  from: string;
  to: string;
  waiting: Omit<Delivery, 'item'>[];
}

/**
 * Replication of eventually consistent global tables: about a second behind, in order for each pair of Regions, the
 * newest write of an item wins. What is written in a Region that others cannot reach waits there and arrives when they
 * can: also after a failover. Source: "How global tables work", developer guide.
 */
export class Replication {
  private readonly streams = new Map<string, Stream>();

  constructor(private readonly world: World, private readonly tables: TableRegistry) {
    world.faults.onChange(() => { for (const stream of this.streams.values()) this.arm(stream); });
  }

  /** Sends a committed write to every other replica. */
  send(origin: Replica, key: ItemKey, item: PackedItem | undefined, version: Version): void {
    const now = this.world.clock.now();
    for (const replica of origin.table.replicas.values()) {
      if (replica === origin) continue;
      const stream = this.stream(origin.table, origin.region, replica.region);
      const previous = stream.waiting[stream.waiting.length - 1]?.dueAt ?? 0;
      stream.waiting.push({ key, item, version, writtenAt: now, dueAt: Math.max(previous, now + this.lagMs(stream)) });
      if (stream.waiting.length === 1) this.arm(stream);
    }
  }

  /** Deliveries that wait, for `sandbox status`. */
  pending(): Record<string, number> {
    const counts = [...this.streams.values()].filter((stream) => stream.waiting.length > 0)
      .map((stream) => [`${stream.table.name} ${stream.from}->${stream.to}`, stream.waiting.length] as const);
    return Object.fromEntries(counts);
  }

  snapshot(): ReplicationSnapshot[] {
    return [...this.streams.values()].filter((stream) => stream.waiting.length > 0).map(({ table, from, to, waiting }) => ({
      table: table.name, from, to, waiting: waiting.map(({ key, version, writtenAt, dueAt }) => ({ key, version, writtenAt, dueAt })),
    }));
  }

  /** A waiting write is what its origin holds now: a later one of the same item would win anyway. */
  restore(snapshots: ReplicationSnapshot[]): void {
    for (const { table, from, to, waiting } of snapshots) {
      const origin = this.tables.find(table, from);
      if (!origin || !origin.table.replicas.has(to)) continue;
      const stream = this.stream(origin.table, from, to);
      for (const delivery of waiting) {
        const item = origin.data.store.get(delivery.key);
        stream.waiting.push({ ...delivery, item, version: item ?? delivery.version });
      }
      this.arm(stream);
    }
  }

  stop(): void {
    for (const stream of this.streams.values()) stream.cancelTimer?.();
  }

  private stream(table: Table, from: string, to: string): Stream {
    const name = `${table.id} ${from}->${to}`;
    let stream = this.streams.get(name);
    if (!stream) this.streams.set(name, (stream = { table, from, to, waiting: [] }));
    return stream;
  }

  private lagMs(stream: Stream): number {
    const state = this.world.faults.replication(stream.from, stream.to);
    return state.mode === 'lagging' ? state.lagMs : 500 + this.world.random.below(1000);
  }

  private isOpen({ from, to }: Stream): boolean {
    return this.world.faults.reachable(from, to) && this.world.faults.replication(from, to).mode !== 'paused';
  }

  /** A closed stream has no timer; the next change of the faults arms it again. */
  private arm(stream: Stream): void {
    stream.cancelTimer?.();
    delete stream.cancelTimer;
    const next = stream.waiting[0];
    if (!next || !this.isOpen(stream)) return;
    const wait = Math.max(0, next.dueAt - this.world.clock.now());
    stream.cancelTimer = this.world.clock.after(wait, () => this.deliver(stream));
  }

  private deliver(stream: Stream): void {
    if (!this.isOpen(stream)) return;
    const now = this.world.clock.now();
    let due = 0;
    while ((stream.waiting[due]?.dueAt ?? Infinity) <= now) due += 1;
    const deliveries = stream.waiting.splice(0, due);
    const target = stream.table.replicas.get(stream.to);
    if (target) for (const delivery of deliveries) applyDelivery(target, delivery, now);
    const oldest = deliveries[0];
    if (oldest) this.recordLatency(stream, now - oldest.writtenAt);
    this.forgetTombstones(stream.table);
    this.world.changed();
    this.arm(stream);
  }

  /** The metric lives in the source Region: nobody can read it while that Region is dark. */
  private recordLatency(stream: Stream, latencyMs: number): void {
    this.world.recordMetric(stream.from, {
      namespace: 'AWS/DynamoDB', name: 'ReplicationLatency', value: latencyMs, unit: 'Milliseconds',
      dimensions: { TableName: stream.table.name, ReceivingRegion: stream.to },
    });
  }

  private forgetTombstones(table: Table): void {
    for (const stream of this.streams.values()) if (stream.table === table && stream.waiting.length > 0) return;
    for (const replica of table.replicas.values()) replica.data.tombstones.clear();
  }
}

function applyDelivery(target: Replica, { key, item, version }: Delivery, now: number): void {
  const text = keyText(key);
  const known = target.data.store.get(key) ?? target.data.tombstones.get(text);
  if (!isNewer(version, known)) return;
  target.data.write(key, item, now);
  if (item) target.data.tombstones.delete(text);
  else target.data.tombstones.set(text, version);
}
