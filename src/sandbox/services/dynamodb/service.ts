/**
 * Amazon DynamoDB, in memory. It promises to imitate:
 *
 * - items: types, key and size rules, 38-digit numbers and their order, pages of 1 MB, consumed capacity;
 * - expressions: conditions, filters, projections, updates and key conditions, with DynamoDB's own refusals (reserved
 *   words, placeholders that are missing or superfluous, overlapping paths, operands of the wrong type);
 * - secondary indexes: sparse, projected, and a moment behind their table when global;
 * - eventually consistent reads that may show an item as it was a moment ago;
 * - global tables with eventual consistency: replication about a second behind, paused while Regions cannot reach each
 *   other, the last writer wins, conditions see the local copy only;
 * - global tables with strong consistency: one state over three Regions, nothing decided without two of them,
 *   ReplicatedWriteConflictException for writes that meet, no transactions.
 *
 * Not imitated: throughput limits, streams, backups, expiry of items (AWS takes days over it), PartiQL, and parameters
 * from before expressions (refused). A conformance test compares the single-Region behaviour with dynalite.
 */
import type { Service } from '../../service.js';
import type { World } from '../../world.js';
import type { DynamoDbTiming } from './engine.js';
import { defaultTiming, DynamoDbEngine } from './engine.js';
import { batchOperations } from './operations/batch-operations.js';
import { itemOperations } from './operations/item-operations.js';
import { readManyOperations } from './operations/read-many.js';
import { tableOperations } from './operations/table-operations.js';
import { transactionOperations } from './operations/transactions.js';
import { dynamoDbPermissions, tableKeyPermissions } from './permissions.js';
import { tableResources } from './tables/resources.js';
import type { DynamoDbSnapshot } from './tables/snapshot.js';
import { restoreTables, snapshotTables } from './tables/snapshot.js';

export type { DynamoDbTiming };

export function createDynamoDb(world: World, timing: Partial<DynamoDbTiming> = {}): Service {
  const engine = new DynamoDbEngine(world, { ...defaultTiming(world), ...timing });
  return {
    name: 'dynamodb',
    operations: {
      ...tableOperations(engine),
      ...itemOperations(engine),
      ...readManyOperations(engine),
      ...batchOperations(engine),
      ...transactionOperations(engine),
    },
    permissions: (operation, input, call) => {
      const required = dynamoDbPermissions(world, operation, input as object, call);
      return [...required, ...tableKeyPermissions(world, call.region, required, (table) => engine.tables.find(table, call.region)?.settings.encryptionKeyId)];
    },
    resources: tableResources(engine),
    snapshot: () => snapshotTables(engine),
    restore: (state: DynamoDbSnapshot) => restoreTables(engine, state),
    stop: () => engine.replication.stop(),
    inspect: () => ({
      tables: engine.tables.tables().map((table) => ({
        name: table.name,
        consistency: table.mode,
        items: Object.fromEntries([...table.replicas.values()].map((replica) => [replica.region, replica.data.store.size])),
        ...(table.mode === 'strong' && {
          quorum: Object.fromEntries([...table.replicas.keys()].map((region) => [region, engine.strong.hasQuorum(table, region)])),
        }),
      })),
      replicationPending: engine.replication.pending(),
    }),
  };
}
