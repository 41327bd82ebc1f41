import type { CallContext, RequiredPermission } from '../../service.js';
import type { World } from '../../world.js';
import { tableArn } from './tables/table.js';

interface AnyInput {
  TableName?: string;
  IndexName?: string;
  ResourceArn?: string;
  RequestItems?: Record<string, unknown>;
  TransactItems?: Record<string, { TableName: string }>[];
}

const transactActions: Record<string, string> = { Put: 'PutItem', Delete: 'DeleteItem', Update: 'UpdateItem', ConditionCheck: 'ConditionCheckItem', Get: 'GetItem' };

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
