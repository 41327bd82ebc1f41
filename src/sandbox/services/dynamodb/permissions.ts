import type { CallContext, RequiredPermission } from '../../service.js';
import type { World } from '../../world.js';
import { keyPermissions } from '../kms/keys.js';
import { tableArn } from './tables/table.js';

interface AnyInput {
  TableName?: string;
  IndexName?: string;
  ResourceArn?: string;
  RequestItems?: Record<string, unknown>;
  TransactItems?: Record<string, { TableName: string }>[];
}

const transactActions: Record<string, string> = { Put: 'PutItem', Delete: 'DeleteItem', Update: 'UpdateItem', ConditionCheck: 'ConditionCheckItem', Get: 'GetItem' };

const itemActions = /^dynamodb:(BatchGetItem|BatchWriteItem|ConditionCheckItem|DeleteItem|GetItem|PutItem|Query|Scan|UpdateItem)$/;

/**
 * Whoever reads or writes items of a table that a key of the account's own encrypts must be allowed to decrypt with it (DynamoDB
 * developer guide, encryption at rest). That writers are asked for more is likely and not documented, so it is not asked here.
 */
export function tableKeyPermissions(world: World, region: string, required: readonly RequiredPermission[], keyIdOf: (tableArn: string) => string | undefined): RequiredPermission[] {
  const tables = new Set(required.filter(({ action }) => itemActions.test(action)).map(({ resource }) => resource.replace(/\/index\/.*$/, '')));
  return [...tables].flatMap((table) => keyPermissions(world, { region, keyId: keyIdOf(table), service: 'dynamodb', actions: ['kms:Decrypt'] }));
}

/** What IAM must allow. Source: "Actions, resources, and condition keys for Amazon DynamoDB", service authorization reference. */
export function dynamoDbPermissions(world: World, operation: string, input: AnyInput, call: CallContext): RequiredPermission[] {
  const arn = (table: string): string => (table.startsWith('arn:') ? table : tableArn(world.partition, world.account, call.region, table));
  if (operation === 'ListTables') return [{ action: 'dynamodb:ListTables', resource: '*' }];
  if (input.RequestItems) {
    return Object.keys(input.RequestItems).map((table) => ({ action: `dynamodb:${operation}`, resource: arn(table) }));
  }
  if (input.TransactItems) {
    return input.TransactItems.flatMap((item) => Object.entries(item).flatMap(([kind, request]) =>
      (request ? [{ action: `dynamodb:${transactActions[kind] ?? kind}`, resource: arn(request.TableName) }] : [])));
  }
  const table = arn(input.TableName ?? input.ResourceArn ?? '');
  return [{ action: `dynamodb:${operation}`, resource: input.IndexName === undefined ? table : `${table}/index/${input.IndexName}` }];
}
