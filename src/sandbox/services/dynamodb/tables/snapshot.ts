import type { DynamoDbEngine } from '../engine.js';
import type { KeySchema } from './key-schema.js';
import type { ReplicationSnapshot } from './replication.js';
import type { IndexDefinition } from './secondary-index.js';
import type { ConsistencyMode, Table, TableSettings } from './table.js';
import type { DataSnapshot } from './table-data.js';
import { addReplicas } from './create-table.js';

interface TableSnapshot {
  name: string;
  id: string;
  mode: ConsistencyMode;
  key: KeySchema;
  indexes: IndexDefinition[];
  witness?: string;
  createdAt: number;
  settings: TableSettings;
  replicas: { region: string; settings: TableSettings }[];
  /** By Region; one entry for a strong table, whose replicas share their state. */
  data: DataSnapshot[];
}

export interface DynamoDbSnapshot {
  tables: TableSnapshot[];
  replication: ReplicationSnapshot[];
}

/** What a cut-off Region saw last is not kept: after a restart it sees the restored state. */
export function snapshotTables(engine: DynamoDbEngine): DynamoDbSnapshot {
  return {
    tables: engine.tables.tables().map((table) => {
      const replicas = [...table.replicas.values()];
      const distinct = [...new Set(replicas.map((replica) => replica.data))];
      const { name, id, mode, key, indexes, createdAt, settings, witness } = table;
      return {
        name, id, mode, key, indexes, createdAt, settings, ...(witness !== undefined && { witness }),
        replicas: replicas.map(({ region, settings: own }) => ({ region, settings: own })),
        data: distinct.map((data) => data.snapshot()),
      };
    }),
    replication: engine.replication.snapshot(),
  };
}

export function restoreTables(engine: DynamoDbEngine, snapshot: DynamoDbSnapshot): void {
  for (const { replicas, data, ...kept } of snapshot.tables) {
    const table: Table = { ...kept, replicas: new Map() };
    addReplicas(engine, table, { mode: table.mode, replicas });
    const distinct = [...new Set([...table.replicas.values()].map((replica) => replica.data))];
    for (const [position, target] of distinct.entries()) {
      const stored = data[position];
      if (stored) target.restore(stored, engine.now());
    }
    engine.tables.add(table);
  }
  engine.replication.restore(snapshot.replication);
}
