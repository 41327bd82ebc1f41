import type { CallContext, Operation } from '../../../service.js';
import type { DynamoDbEngine } from '../engine.js';
import { parseFilter, parseKeyConditionSyntax, pathsIn } from '../expressions/condition-syntax.js';
import type { ParsedCondition } from '../expressions/condition-syntax.js';
import { checkCondition, meets } from '../expressions/evaluate-condition.js';
import { keyConditionOf, tableSpelling } from '../expressions/key-condition.js';
import { parseProjection, projector } from '../expressions/projection.js';
import type { Substitutions } from '../expressions/syntax.js';
import { resolvePath } from '../expressions/syntax.js';
import type { Item } from '../items/attribute-value.js';
import { checkedItem, invalid, itemBytes, orderText } from '../items/attribute-value.js';
import type { ItemKey, StoredEntry } from '../items/item-store.js';
import type { KeyRange } from '../items/ordered-entries.js';
import type { PackedItem } from '../items/packed-item.js';
import { unpackItem } from '../items/packed-item.js';
import { compareText, successor } from '../items/text-order.js';
import type { KeySchema } from '../tables/key-schema.js';
import { itemKey, keyAttributes } from '../tables/key-schema.js';
import type { SecondaryIndex } from '../tables/secondary-index.js';
import { indexSpelling } from '../tables/secondary-index.js';
import type { Replica } from '../tables/table.js';
import type { TableData } from '../tables/table-data.js';
import type { ConsumedCapacity } from './capacity.js';
import { capacity, readUnits } from './capacity.js';
import type { ExpressionInput } from './request-expressions.js';
import { oneOf, refuseLegacy, substitutionsOf } from './request-expressions.js';

/** A page ends when this much has been looked at. */
const pageBytes = 1024 * 1024;

export interface ReadManyInput extends ExpressionInput {
  TableName: string;
  IndexName?: string;
  Select?: string;
  Limit?: number;
  ConsistentRead?: boolean;
  ExclusiveStartKey?: Item;
  FilterExpression?: string;
  ProjectionExpression?: string;
  ReturnConsumedCapacity?: string;
}

export interface QueryInput extends ReadManyInput {
  KeyConditionExpression?: string;
  ScanIndexForward?: boolean;
}

export interface ScanInput extends ReadManyInput {
  Segment?: number;
  TotalSegments?: number;
}

interface ReadManyOutput {
  Items?: Item[];
  Count: number;
  ScannedCount: number;
  LastEvaluatedKey?: Item;
  ConsumedCapacity?: ConsumedCapacity;
}

/** A checked request, with what is read: the table or one of its indexes. */
interface Reading {
  replica: Replica;
  view: TableData;
  index: SecondaryIndex | undefined;
  consistent: boolean;
  substitutions: Substitutions;
  filter: ParsedCondition | undefined;
  project: (item: Item) => Item;
  countOnly: boolean;
}

export function readManyOperations(engine: DynamoDbEngine): Record<string, Operation> {
  return {
    Query: (input: QueryInput, call) => query(engine, input, call),
    Scan: (input: ScanInput, call) => scan(engine, input, call),
  };
}

async function query(engine: DynamoDbEngine, input: QueryInput, call: CallContext): Promise<ReadManyOutput> {
  if (input.KeyConditionExpression === undefined) {
    throw invalid('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
  }
  const parsed = parseKeyConditionSyntax(input.KeyConditionExpression);
  const reading = await prepare(engine, input, call, parsed);
  const schema = reading.index?.definition.key ?? reading.replica.table.key;
  if (reading.filter) refuseKeysInFilter(reading.filter, schema, reading.substitutions);
  const condition = keyConditionOf(parsed, schema, reading.substitutions);
  const forward = input.ScanIndexForward !== false;
  const partition = orderText(condition.partition);
  const range = { ...condition.range(reading.index ? indexSpelling : tableSpelling) };
  const start = startKey(reading, input.ExclusiveStartKey);
  if (start) {
    if (start.partition !== partition) throw invalid('The provided starting key is outside query boundaries based on provided conditions');
    narrow(range, start.sort, forward);
  }
  const store = reading.index?.at(engine.now()) ?? reading.view.store;
  return page(engine, input, reading, store.query(partition, range, forward));
}

async function scan(engine: DynamoDbEngine, input: ScanInput, call: CallContext): Promise<ReadManyOutput> {
  checkSegments(input);
  const reading = await prepare(engine, input, call, undefined);
  const after = startKey(reading, input.ExclusiveStartKey);
  const store = reading.index?.at(engine.now()) ?? reading.view.store;
  const segments = input.TotalSegments === undefined ? {} : { segment: input.Segment ?? 0, totalSegments: input.TotalSegments };
  return page(engine, input, reading, store.scan({ ...segments, ...(after && { after }) }));
}

async function prepare(engine: DynamoDbEngine, input: ReadManyInput, call: CallContext, keyCondition: ParsedCondition | undefined): Promise<Reading> {
  refuseLegacy(input);
  if (input.Limit !== undefined && input.Limit < 1) {
    throw invalid(`1 validation error detected: Value '${input.Limit}' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1`);
  }
  const filter = input.FilterExpression === undefined ? undefined : parseFilter(input.FilterExpression);
  const projection = input.ProjectionExpression === undefined ? undefined : parseProjection(input.ProjectionExpression);
  const substitutions = substitutionsOf(input, { FilterExpression: filter, ProjectionExpression: projection, KeyConditionExpression: keyCondition });
  if (keyCondition) checkCondition(keyCondition, substitutions);
  if (filter) checkCondition(filter, substitutions);
  const project = projection ? projector(projection, substitutions.names) : (item: Item): Item => item;
  const countOnly = checkedSelect(input) === 'COUNT';
  const replica = engine.tables.get(input.TableName, call.region);
  const consistent = input.ConsistentRead === true;
  checkIndex(replica, input, consistent);
  const view = await engine.view(replica, consistent, call);
  const index = input.IndexName === undefined ? undefined : view.indexes.get(input.IndexName);
  return { replica, view, index, consistent, substitutions, filter, project, countOnly };
}

function page(engine: DynamoDbEngine, input: ReadManyInput, reading: Reading, entries: Iterable<StoredEntry<PackedItem>>): ReadManyOutput {
  const items: Item[] = [];
  let count = 0;
  let scanned = 0;
  let bytes = 0;
  let last: PackedItem | undefined;
  for (const entry of entries) {
    const packed = reading.index || reading.consistent ? entry.value : reading.view.eventually(entry.key, entry.value, engine.now());
    if (!packed) continue;
    scanned += 1;
    const item = reading.countOnly && !reading.filter ? undefined : visibleItem(reading, packed);
    bytes += reading.index && item && reading.index.definition.projection !== 'ALL' ? itemBytes(item) : packed.bytes;
    if (!reading.filter || (item && meets(reading.filter, item, reading.substitutions))) {
      count += 1;
      if (!reading.countOnly && item) items.push(reading.project(item));
    }
    if (scanned === input.Limit || bytes > pageBytes) {
      last = packed;
      break;
    }
  }
  const consumed = capacity(input.ReturnConsumedCapacity, reading.replica, readUnits(bytes, reading.consistent), input.IndexName);
  return {
    ...(reading.countOnly ? {} : { Items: items }),
    Count: count,
    ScannedCount: scanned,
    ...(last && { LastEvaluatedKey: resumeKey(reading, last) }),
    ...consumed,
  };
}

function visibleItem(reading: Reading, packed: PackedItem): Item {
  const item = unpackItem(packed);
  return reading.index ? reading.index.project(item) : item;
}

function readKeys(reading: Reading): string[] {
  const schemas: KeySchema[] = [reading.replica.table.key, ...(reading.index ? [reading.index.definition.key] : [])];
  return [...new Set(schemas.flatMap(keyAttributes).map(({ name }) => name))];
}

function resumeKey(reading: Reading, packed: PackedItem): Item {
  const item = unpackItem(packed);
  return Object.fromEntries(readKeys(reading).flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
}

function startKey(reading: Reading, given: Item | undefined): ItemKey | undefined {
  if (given === undefined) return undefined;
  const item = checkedItem(given);
  const names = readKeys(reading);
  if (Object.keys(item).length !== names.length || names.some((name) => !item[name])) {
    throw invalid('The provided starting key is invalid');
  }
  for (const { name, type } of [...keyAttributes(reading.replica.table.key), ...(reading.index ? keyAttributes(reading.index.definition.key) : [])]) {
    if (item[name]?.[type] === undefined) throw invalid('The provided starting key is invalid: The provided key element does not match the schema');
  }
  const key = itemKey(reading.replica.table.key, item);
  return reading.index ? reading.index.entryKey(item, key) : key;
}

function narrow(range: KeyRange, sort: string, forward: boolean): void {
  if (forward) {
    const next = successor(sort);
    if (range.from === undefined || compareText(next, range.from) > 0) range.from = next;
  } else if (range.to === undefined || compareText(sort, range.to) < 0) {
    range.to = sort;
  }
}

function checkedSelect(input: ReadManyInput): string | undefined {
  const select = input.Select === undefined ? undefined
    : oneOf(input.Select, 'select', ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'], 'ALL_ATTRIBUTES');
  if (input.ProjectionExpression !== undefined && select !== undefined && select !== 'SPECIFIC_ATTRIBUTES') {
    throw invalid(`Cannot specify the ProjectionExpression when choosing to get ${select === 'COUNT' ? 'only the Count' : select}`);
  }
  if (select === 'ALL_PROJECTED_ATTRIBUTES' && input.IndexName === undefined) {
    throw invalid('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  return select;
}

function checkIndex(replica: Replica, input: ReadManyInput, consistent: boolean): void {
  if (input.IndexName === undefined) return;
  const definition = replica.table.indexes.find((index) => index.name === input.IndexName);
  if (!definition) throw invalid(`The table does not have the specified index: ${input.IndexName}`);
  if (consistent && !definition.local) throw invalid('Consistent reads are not supported on global secondary indexes');
  if (input.Select === 'ALL_ATTRIBUTES' && definition.projection !== 'ALL' && !definition.local) {
    throw invalid(`One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index ${definition.name} because its projection type is not ALL`);
  }
}

function checkSegments(input: ScanInput): void {
  const { Segment: segment, TotalSegments: total } = input;
  if (segment === undefined && total === undefined) return;
  if (total === undefined) throw invalid('The TotalSegments parameter is required but was not present in the request when Segment parameter is present');
  if (segment === undefined) throw invalid('The Segment parameter is required but was not present in the request when parameter TotalSegments is present');
  if (segment >= total) throw invalid(`The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${segment} is not less than TotalSegments: ${total}`);
}

function refuseKeysInFilter(filter: ParsedCondition, schema: KeySchema, substitutions: Substitutions): void {
  const keys = new Set(keyAttributes(schema).map(({ name }) => name));
  for (const path of pathsIn(filter.condition)) {
    const name = resolvePath(path, substitutions.names, 'FilterExpression')[0] as string;
    if (keys.has(name)) throw invalid(`Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`);
  }
}
