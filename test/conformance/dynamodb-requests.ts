import type { AttributeValue, Item } from '../../src/sandbox/services/dynamodb/items/attribute-value.js';
import type { Random } from '../../src/sandbox/random.js';

/** One call of the comparison: the operation's name and its input in the SDK's spelling. */
export interface Request {
  operation: 'PutItem' | 'GetItem' | 'UpdateItem' | 'DeleteItem' | 'Query' | 'Scan' | 'BatchGetItem' | 'BatchWriteItem';
  input: Record<string, unknown>;
}

export const tableName = 'conformance';
export const indexName = 'by-group';

const partitions = ['alpha', 'beta', 'gamma'];
const names = ['n', 't', 'm', 'l', 'ss', 'ns', 'b', 'flag', 'grp', 'place'];

function pick<Choice>(random: Random, choices: readonly Choice[]): Choice {
  return choices[random.below(choices.length)] as Choice;
}

function numberText(random: Random): string {
  return pick(random, ['0', '1', '-1', '7', '-3.5', '0.001', '10', '1e3', '2.50', '-0', '12345678901234567890.5', '1E-9', '99', '100']);
}

function text(random: Random): string {
  return pick(random, ['a', 'ab', 'abc', 'b', 'zebra', 'é', '\u{1F600}', '\uFFEE']);
}

/** No empty string and no false: conditions of dynalite take them for missing. */
function scalar(random: Random): AttributeValue {
  switch (random.below(5)) {
    case 0: return { N: numberText(random) };
    case 1: return { B: new Uint8Array([random.below(4), 200 + random.below(4)]) };
    case 2: return { BOOL: true };
    case 3: return { NULL: true };
    default: return { S: text(random) };
  }
}

function anyValue(random: Random, depth = 0): AttributeValue {
  if (depth < 2 && random.below(3) === 0) {
    switch (random.below(4)) {
      case 0: return { M: { x: anyValue(random, depth + 1), y: { N: numberText(random) } } };
      case 1: return { L: [anyValue(random, depth + 1), { S: 'second' }, { N: '3' }].slice(0, 1 + random.below(3)) };
      case 2: return { SS: ['a', 'b', 'c'].slice(0, 1 + random.below(3)) };
      default: return { NS: ['1', '2.0', '30'].slice(0, 1 + random.below(3)) };
    }
  }
  return scalar(random);
}

function valueFor(random: Random, name: string): AttributeValue {
  if (random.below(8) === 0) return anyValue(random);
  switch (name) {
    case 'n': return { N: numberText(random) };
    case 'm': return { M: { x: anyValue(random, 1), y: { N: numberText(random) } } };
    case 'l': return { L: [scalar(random), scalar(random), scalar(random)].slice(0, 1 + random.below(3)) };
    case 'ss': return { SS: ['a', 'b', 'c', 'd'].slice(random.below(3)) };
    case 'ns': return { NS: ['1', '2', '3'].slice(random.below(3)) };
    case 'b': return { B: new Uint8Array([1, random.below(3)]) };
    case 'flag': return { BOOL: true };
    default: return { S: text(random) };
  }
}

function key(random: Random): Item {
  return { pk: { S: pick(random, partitions) }, sk: { N: String(random.below(6) - 2) } };
}

function fullItem(random: Random): Item {
  const item = key(random);
  for (const name of names) {
    if (name === 'grp') { if (random.below(2) === 0) item['grp'] = { S: pick(random, ['g1', 'g2']) }; }
    else if (name === 'place') { if (random.below(2) === 0) item['place'] = { S: pick(random, ['r1', 'r2', 'r3']) }; }
    else if (random.below(3) > 0) item[name] = valueFor(random, name);
  }
  return item;
}

/** Builds expressions and the placeholders that they use. */
class ExpressionBuilder {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, AttributeValue> = {};
  private count = 0;

  constructor(private readonly random: Random) {}

  value(value: AttributeValue): string {
    const placeholder = `:v${(this.count += 1)}`;
    this.values[placeholder] = value;
    return placeholder;
  }

  path(): string {
    const name = pick(this.random, names);
    if (this.random.below(3) === 0) {
      this.names[`#${name}`] = name;
      return `#${name}`;
    }
    if (name === 'm') return pick(this.random, ['m', 'm.x', 'm.y', 'm.missing', 'm.x.x']);
    if (name === 'l') return pick(this.random, ['l', 'l[0]', 'l[1]', 'l[7]']);
    return name;
  }

  condition(depth = 0): string {
    const { random } = this;
    if (depth < 2 && random.below(3) === 0) {
      const operator = pick(random, ['AND', 'OR', 'and']);
      return `${this.condition(depth + 1)} ${operator} ${random.below(2) === 0 ? `(${this.simpleCondition()} OR ${this.simpleCondition()})` : this.condition(depth + 1)}`;
    }
    return random.below(5) === 0 ? `NOT ${this.simpleCondition()}` : this.simpleCondition();
  }

  private simpleCondition(): string {
    const { random } = this;
    const path = this.path();
    switch (random.below(10)) {
      case 0: return `attribute_exists(${path})`;
      case 1: return `attribute_not_exists(${path})`;
      case 2: return `attribute_type(${path}, ${this.value({ S: pick(random, ['S', 'N', 'M', 'L', 'SS', 'BOOL', 'NULL']) })})`;
      case 3: return `begins_with(${path}, ${this.value({ S: pick(random, ['a', 'z', 'r']) })})`;
      case 4: return `contains(${path}, ${this.value(pick(random, [{ S: 'a' }, { N: '2' }, { S: 'second' }, { B: new Uint8Array([1]) }]))})`;
      case 5: return `size(${path}) ${pick(random, ['>', '<=', '='])} ${this.value({ N: String(random.below(4)) })}`;
      case 6: return `${path} BETWEEN ${this.value({ N: '-2' })} AND ${this.value({ N: String(random.below(200)) })}`;
      case 7: return `${path} IN (${this.value(scalar(random))}, ${this.value(anyValue(random))})`;
      case 8: return `${path} ${pick(random, ['=', '<>'])} ${this.value(anyValue(random))}`;
      // The service refuses to order other types; dynalite does not (checked apart, see the sandbox's own tests).
      default: return `${path} ${pick(random, ['<', '<=', '>', '>='])} ${this.value(pick(random, [{ S: text(random) }, { N: numberText(random) }]))}`;
    }
  }

  update(): string {
    const { random } = this;
    const clauses: string[] = [];
    if (random.below(4) > 0) clauses.push(`SET ${this.several(() => this.setAction())}`);
    if (random.below(3) === 0) clauses.push(`REMOVE ${this.several(() => this.path())}`);
    if (random.below(3) === 0) clauses.push(`ADD ${pick(random, ['n', 'ss', 'ns', 'counter', 't'])} ${this.value(pick(random, [{ N: numberText(random) }, { SS: ['a', 'z'] }, { NS: ['1', '9'] }]))}`);
    if (random.below(4) === 0) clauses.push(`DELETE ${pick(random, ['ss', 'ns', 'other'])} ${this.value(pick(random, [{ SS: ['a', 'b'] }, { NS: ['1'] }]))}`);
    return clauses.length > 0 ? clauses.join(' ') : `SET untouched = ${this.value({ S: 'x' })}`;
  }

  private several(one: () => string): string {
    return Array.from({ length: 1 + this.random.below(2) }, one).join(', ');
  }

  private setAction(): string {
    const { random } = this;
    switch (random.below(6)) {
      case 0: return `${this.path()} = ${pick(random, ['n', 'm.y', 'counter'])} ${pick(random, ['+', '-'])} ${this.value({ N: numberText(random) })}`;
      case 1: return `counter = if_not_exists(counter, ${this.value({ N: '0' })}) + ${this.value({ N: '1' })}`;
      case 2: return `l = list_append(${random.below(2) === 0 ? 'l' : `if_not_exists(l, ${this.value({ L: [] })})`}, ${this.value({ L: [scalar(random)] })})`;
      case 3: return `${this.path()} = ${this.path()}`;
      default: return `${this.path()} = ${this.value(anyValue(random))}`;
    }
  }

  parameters(): Record<string, unknown> {
    return {
      ...(Object.keys(this.names).length > 0 && { ExpressionAttributeNames: this.names }),
      ...(Object.keys(this.values).length > 0 && { ExpressionAttributeValues: this.values }),
    };
  }
}

export function randomRequest(random: Random): Request {
  const choice = random.below(100);
  if (choice < 22) return put(random);
  if (choice < 52) return update(random);
  if (choice < 60) return remove(random);
  if (choice < 68) return get(random);
  if (choice < 86) return query(random);
  if (choice < 94) return scan(random);
  return choice < 97 ? batchGet(random) : batchWrite(random);
}

function put(random: Random): Request {
  const builder = new ExpressionBuilder(random);
  const condition = random.below(3) === 0 ? { ConditionExpression: builder.condition() } : {};
  return { operation: 'PutItem', input: { TableName: tableName, Item: fullItem(random), ReturnValues: pick(random, ['NONE', 'ALL_OLD']), ...condition, ...builder.parameters() } };
}

function update(random: Random): Request {
  const builder = new ExpressionBuilder(random);
  const UpdateExpression = builder.update();
  const condition = random.below(3) === 0 ? { ConditionExpression: builder.condition() } : {};
  return {
    operation: 'UpdateItem',
    input: {
      TableName: tableName, Key: key(random), UpdateExpression, ...condition, ...builder.parameters(),
      ReturnValues: pick(random, ['NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW']),
    },
  };
}

function remove(random: Random): Request {
  const builder = new ExpressionBuilder(random);
  const condition = random.below(2) === 0 ? { ConditionExpression: builder.condition() } : {};
  return { operation: 'DeleteItem', input: { TableName: tableName, Key: key(random), ReturnValues: 'ALL_OLD', ...condition, ...builder.parameters() } };
}

function get(random: Random): Request {
  const projection = random.below(2) === 0 ? { ProjectionExpression: pick(random, ['n, m.x', 'l[1], l[0], t', 'pk', 'm.y, m.missing, ss', 'm, n, b']) } : {};
  return { operation: 'GetItem', input: { TableName: tableName, Key: key(random), ConsistentRead: true, ...projection } };
}

/** Index queries are unlimited: the order of entries with equal keys is each engine's own. */
function query(random: Random): Request {
  const builder = new ExpressionBuilder(random);
  const onIndex = random.below(3) === 0;
  const filter = random.below(3) === 0 ? { FilterExpression: builder.condition() } : {};
  const KeyConditionExpression = onIndex ? indexCondition(builder, random) : tableCondition(builder, random);
  return {
    operation: 'Query',
    input: {
      TableName: tableName, KeyConditionExpression, ...filter, ...builder.parameters(),
      ...(onIndex ? { IndexName: indexName } : { ConsistentRead: true }),
      ...(random.below(2) === 0 && { ScanIndexForward: random.below(2) === 0 }),
      ...(!onIndex && random.below(2) === 0 && { Limit: 1 + random.below(4) }),
      ...(random.below(6) === 0 && { Select: 'COUNT' }),
    },
  };
}

function tableCondition(builder: ExpressionBuilder, random: Random): string {
  const partition = `pk = ${builder.value({ S: pick(random, partitions) })}`;
  const bound = (): string => builder.value({ N: String(random.below(6) - 2) });
  switch (random.below(4)) {
    case 0: return partition;
    case 1: return `${partition} AND sk BETWEEN ${bound()} AND ${builder.value({ N: '3' })}`;
    default: return `${partition} AND sk ${pick(random, ['=', '<', '<=', '>', '>='])} ${bound()}`;
  }
}

function indexCondition(builder: ExpressionBuilder, random: Random): string {
  builder.names['#g'] = 'grp';
  const partition = `#g = ${builder.value({ S: pick(random, ['g1', 'g2']) })}`;
  const rank = (): string => builder.value({ S: pick(random, ['r1', 'r2']) });
  builder.names['#r'] = 'place';
  switch (random.below(3)) {
    case 0: return `${partition} AND begins_with(#r, ${builder.value({ S: 'r' })})`;
    case 1: return `${partition} AND #r BETWEEN ${rank()} AND ${builder.value({ S: 'r3' })}`;
    default: return `${partition} AND #r ${pick(random, ['=', '<', '<=', '>', '>='])} ${rank()}`;
  }
}

/** Without a limit: the order of a scan is each engine's own. */
function scan(random: Random): Request {
  const builder = new ExpressionBuilder(random);
  const filter = random.below(4) > 0 ? { FilterExpression: builder.condition() } : {};
  return { operation: 'Scan', input: { TableName: tableName, ConsistentRead: true, ...filter, ...builder.parameters() } };
}

function batchGet(random: Random): Request {
  return { operation: 'BatchGetItem', input: { RequestItems: { [tableName]: { Keys: [key(random), key(random)], ConsistentRead: true } } } };
}

function batchWrite(random: Random): Request {
  const requests = [{ PutRequest: { Item: fullItem(random) } }, { DeleteRequest: { Key: key(random) } }];
  return { operation: 'BatchWriteItem', input: { RequestItems: { [tableName]: requests } } };
}
