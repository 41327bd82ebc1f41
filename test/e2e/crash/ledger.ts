import { DeleteItemCommand, DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Operator } from '../operator.js';

/** The ledger as any client of DynamoDB sees it: past the command line, to break what it left there. */
export interface LedgerTable {
  /** Takes the newest events of an operation away, as if they had never arrived. Gives how many were left. */
  forgetEvents(operationId: string, count: number): Promise<number>;
  /** Rewrites who holds the lock, as if the command had been run somewhere else. */
  renameHolder(owner: string): Promise<void>;
  /** Undefined: nobody holds the lock. */
  leaseEndsAt(): Promise<string | undefined>;
  close(): void;
}

const TableName = 'batchctl-ledger';

export async function openLedger(operator: Operator, region: string): Promise<LedgerTable> {
  const { environment } = await operator.document<{ environment: Record<string, string> }>(['sandbox', 'env', '--dir', operator.sandbox]);
  const client = new DynamoDBClient({
    region, endpoint: environment['AWS_ENDPOINT_URL'] ?? '',
    credentials: { accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '' },
  });
  return {
    async forgetEvents(operationId, count) {
      const { Items = [] } = await client.send(new QueryCommand({ TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: `journal#${operationId}` } }, ConsistentRead: true }));
      const newest = Items.slice(-count);
      for (const item of newest) await client.send(new DeleteItemCommand({ TableName, Key: { pk: item['pk']!, sk: item['sk']! } }));
      return Items.length - newest.length;
    },
    async renameHolder(owner) {
      await client.send(new UpdateItemCommand({
        TableName, Key: { pk: { S: 'lock' }, sk: { S: 'lock' } }, UpdateExpression: 'SET #owner = :owner', ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: { '#owner': 'owner' }, ExpressionAttributeValues: { ':owner': { S: owner } },
      }));
    },
    leaseEndsAt: async () => (await client.send(new GetItemCommand({ TableName, Key: { pk: { S: 'lock' }, sk: { S: 'lock' } }, ConsistentRead: true }))).Item?.['leaseEndsAt']?.S,
    close: () => client.destroy(),
  };
}
