import { AwsError } from '../../../service.js';
import { checkCondition, meets } from '../expressions/evaluate-condition.js';
import { parseCondition } from '../expressions/condition-syntax.js';
import type { ParsedCondition } from '../expressions/condition-syntax.js';
import { prepareUpdate } from '../expressions/apply-update.js';
import type { Update } from '../expressions/apply-update.js';
import { parseUpdate } from '../expressions/update-syntax.js';
import type { Substitutions } from '../expressions/syntax.js';
import type { Item } from '../items/attribute-value.js';
import { checkedItem, invalid, invalidParameter, itemBytes } from '../items/attribute-value.js';
import type { ItemKey } from '../items/item-store.js';
import type { PackedItem } from '../items/packed-item.js';
import { packItem, unpackItem } from '../items/packed-item.js';
import type { Decide } from '../engine.js';
import { keyAttributes, keyOfNewItem, keyOfRequest } from '../tables/key-schema.js';
import { checkIndexKeys } from '../tables/secondary-index.js';
import type { Table } from '../tables/table.js';
import type { ExpressionInput } from './request-expressions.js';
import { refuseLegacy, substitutionsOf } from './request-expressions.js';

/** Bytes of the largest item. */
export const maximumItemBytes = 400 * 1024;

export interface PutRequest extends ExpressionInput {
  Item: Item;
  ConditionExpression?: string;
  ReturnValuesOnConditionCheckFailure?: string;
}

export interface KeyedRequest extends ExpressionInput {
  Key: Item;
  ConditionExpression?: string;
  ReturnValuesOnConditionCheckFailure?: string;
}

export interface UpdateRequest extends KeyedRequest {
  UpdateExpression?: string;
}

/** A write that has passed every check that needs no stored item. */
export interface PreparedWrite {
  key: ItemKey;
  decide: Decide;
  /** The attributes that an update names, for UPDATED_OLD and UPDATED_NEW. */
  update?: Update;
}

export function preparePut(table: Table, request: PutRequest): PreparedWrite {
  refuseLegacy(request);
  const condition = conditionOf(request);
  const substitutions = substitutionsOf(request, { ConditionExpression: condition });
  if (condition) checkCondition(condition, substitutions);
  const item = checkedItem(request.Item ?? {});
  const key = keyOfNewItem(table.key, item);
  checkIndexKeys(table.indexes, item);
  if (itemBytes(item) > maximumItemBytes) throw invalid('Item size has exceeded the maximum allowed size');
  return {
    key,
    decide: (current, version) => {
      demand(condition, current, substitutions, request.ReturnValuesOnConditionCheckFailure);
      return packItem(item, version);
    },
  };
}

export function prepareDelete(table: Table, request: KeyedRequest): PreparedWrite {
  refuseLegacy(request);
  const condition = conditionOf(request);
  const substitutions = substitutionsOf(request, { ConditionExpression: condition });
  if (condition) checkCondition(condition, substitutions);
  return {
    key: keyOfRequest(table.key, checkedItem(request.Key ?? {})),
    decide: (current) => {
      demand(condition, current, substitutions, request.ReturnValuesOnConditionCheckFailure);
      return undefined;
    },
  };
}

/** A check without a write: the item stays as it is. */
export function prepareConditionCheck(table: Table, request: KeyedRequest): PreparedWrite {
  const write = prepareDelete(table, request);
  return { key: write.key, decide: (current, version) => { write.decide(current, version); return current; } };
}

export function prepareUpdateItem(table: Table, request: UpdateRequest): PreparedWrite {
  refuseLegacy(request);
  const parsed = request.UpdateExpression === undefined ? undefined : parseUpdate(request.UpdateExpression);
  const condition = conditionOf(request);
  const substitutions = substitutionsOf(request, { UpdateExpression: parsed, ConditionExpression: condition });
  if (condition) checkCondition(condition, substitutions);
  const update = parsed && prepareUpdate(parsed, substitutions);
  if (update) refuseKeyChange(table, update);
  if (update) checkIndexKeys(table.indexes, update.typed);
  const keyItem = checkedItem(request.Key ?? {});
  const key = keyOfRequest(table.key, keyItem);
  return {
    key,
    ...(update && { update }),
    decide: (current, version) => {
      demand(condition, current, substitutions, request.ReturnValuesOnConditionCheckFailure);
      const item = current ? unpackItem(current) : { ...keyItem };
      update?.apply(item);
      checkUpdated(table, item);
      return packItem(item, version);
    },
  };
}

function conditionOf(request: { ConditionExpression?: string }): ParsedCondition | undefined {
  return request.ConditionExpression === undefined ? undefined : parseCondition(request.ConditionExpression);
}

function checkUpdated(table: Table, item: Item): void {
  checkedItem(item);
  checkIndexKeys(table.indexes, item, true);
  if (itemBytes(item) > maximumItemBytes) throw invalid('Item size to update has exceeded the maximum allowed size');
}

function refuseKeyChange(table: Table, update: Update): void {
  const keys = new Set(keyAttributes(table.key).map(({ name }) => name));
  const touched = update.paths.find((path) => keys.has(path[0] as string));
  if (touched) throw invalidParameter(`Cannot update attribute ${touched[0]}. This attribute is part of the key`);
}

function demand(condition: ParsedCondition | undefined, current: PackedItem | undefined, substitutions: Substitutions, returnOld: string | undefined): void {
  if (!condition) return;
  const item = current ? unpackItem(current) : {};
  if (meets(condition, item, substitutions)) return;
  const members = returnOld === 'ALL_OLD' && current ? { Item: unpackItem(current) } : {};
  throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed', { members });
}
