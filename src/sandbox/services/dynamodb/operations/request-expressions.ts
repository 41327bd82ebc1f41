import type { AttributeValue } from '../items/attribute-value.js';
import { checkedValue, invalid } from '../items/attribute-value.js';
import { AwsError } from '../../../service.js';
import type { Placeholders, Substitutions } from '../expressions/syntax.js';

export interface ExpressionInput {
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/**
 * The request's placeholders, checked against what its expressions use: DynamoDB refuses both missing and superfluous
 * ones. `expressions` holds each expression that the operation knows, undefined where the request has none.
 */
export function substitutionsOf(input: ExpressionInput, expressions: Record<string, Placeholders | undefined>): Substitutions {
  const parsed = Object.values(expressions).filter((expression) => expression !== undefined);
  const names = input.ExpressionAttributeNames;
  const values = input.ExpressionAttributeValues;
  if (names) checkNames(names, parsed);
  if (values) checkValues(values, parsed, Object.keys(expressions));
  return { names: names ?? {}, values: values ? mapValues(values) : {} };
}

function checkNames(names: Record<string, string>, parsed: Placeholders[]): void {
  if (parsed.length === 0) throw invalid('ExpressionAttributeNames can only be specified when using expressions');
  const keys = Object.keys(names);
  if (keys.length === 0) throw invalid('ExpressionAttributeNames must not be empty');
  const wrong = keys.find((key) => !/^#[A-Za-z0-9_-]+$/.test(key));
  if (wrong !== undefined) throw invalid(`ExpressionAttributeNames contains invalid key: Syntax error; key: "${wrong}"`);
  const unused = keys.filter((key) => !parsed.some((expression) => expression.names.has(key)));
  if (unused.length > 0) throw invalid(`Value provided in ExpressionAttributeNames unused in expressions: keys: {${unused.join(', ')}}`);
}

function checkValues(values: Record<string, AttributeValue>, parsed: Placeholders[], expressionNames: string[]): void {
  if (parsed.length === 0) {
    const known = expressionNames.filter((name) => name !== 'ProjectionExpression').join(' and ');
    throw invalid(`ExpressionAttributeValues can only be specified when using expressions: ${known} is null`);
  }
  const keys = Object.keys(values);
  if (keys.length === 0) throw invalid('ExpressionAttributeValues must not be empty');
  const wrong = keys.find((key) => !/^:[A-Za-z0-9_]+$/.test(key));
  if (wrong !== undefined) throw invalid(`ExpressionAttributeValues contains invalid key: Syntax error; key: "${wrong}"`);
  const unused = keys.filter((key) => !parsed.some((expression) => expression.values.has(key)));
  if (unused.length > 0) throw invalid(`Value provided in ExpressionAttributeValues unused in expressions: keys: {${unused.join(', ')}}`);
}

function mapValues(values: Record<string, AttributeValue>): Record<string, AttributeValue> {
  const checked: Record<string, AttributeValue> = {};
  for (const key of Object.keys(values)) {
    try {
      checked[key] = checkedValue(values[key] as AttributeValue);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw invalid(`ExpressionAttributeValues contains invalid value: ${error.message} for key ${key}`);
    }
  }
  return checked;
}

/** Parameters from before expressions existed. The sandbox refuses them rather than to ignore them. */
const legacyParameters = ['Expected', 'ConditionalOperator', 'AttributeUpdates', 'AttributesToGet', 'KeyConditions', 'QueryFilter', 'ScanFilter'];

export function refuseLegacy(input: object): void {
  const used = legacyParameters.filter((name) => (input as Record<string, unknown>)[name] !== undefined);
  if (used.length > 0) throw invalid(`The sandbox supports expressions only; legacy parameters in the request: ${used.join(', ')}`);
}

export function oneOf<Choice extends string>(value: string | undefined, parameter: string, choices: readonly Choice[], fallback: Choice): Choice {
  if (value === undefined) return fallback;
  const choice = choices.find((candidate) => candidate === value);
  if (choice) return choice;
  throw invalid(`1 validation error detected: Value '${value}' at '${parameter}' failed to satisfy constraint: Member must satisfy enum value set: [${choices.join(', ')}]`);
}
