import { AwsError } from '../../service.js';
import { NoAnswer } from '../../world.js';
import { StateFailure } from './failures.js';
import { maximumDataBytes } from './history.js';
import { streamText } from './integrations.js';
import { itemsOf } from './map.js';
import { acrossOutages, bindingsOf, numberOf, type Place } from './place.js';
import { isObject, parseJson, type Json, type JsonObject } from './json.js';
import { readDelimited } from './delimited.js';
import type { ItemReader, MapState } from './definition.js';
import type { MapRun } from './records.js';

/** The inputs of a Distributed Map's children: items read or given, selected, and batched. */
export async function childInputs(place: Place, state: MapState): Promise<MapRun['inputs']> {
  const reader = state.ItemReader;
  const items = reader ? await acrossOutages(place, () => readItems(place, reader)) : await itemsOf(place, state);
  const selected: MapRun['inputs'] = [];
  for (const [index, item] of items.entries()) {
    const mapItem = { Index: index, Value: item };
    const input = state.ItemSelector === undefined ? item : await place.engine.expressions.evaluate(state.ItemSelector, bindingsOf(place, { mapItem }));
    selected.push({ input, itemCount: 1 });
  }
  return state.ItemBatcher ? batched(place, state, selected) : selected;
}

async function batched(place: Place, state: MapState, items: MapRun['inputs']): Promise<MapRun['inputs']> {
  const batcher = state.ItemBatcher ?? {};
  const perBatch = await numberOf(place, batcher.MaxItemsPerBatch, Number.POSITIVE_INFINITY);
  const bytesPerBatch = Math.min(await numberOf(place, batcher.MaxInputBytesPerBatch, maximumDataBytes), maximumDataBytes);
  const batchInput = batcher.BatchInput === undefined ? undefined : await place.engine.expressions.evaluate(batcher.BatchInput, bindingsOf(place));
  const overhead = batchInput === undefined ? 12 : JSON.stringify(batchInput).length + 30;
  const batches: MapRun['inputs'] = [];
  let current: Json[] = [];
  let bytes = overhead;
  const flush = (): void => {
    if (current.length === 0) return;
    const input: JsonObject = { ...(batchInput === undefined ? {} : { BatchInput: batchInput }), Items: current };
    batches.push({ input, itemCount: current.length });
    current = [];
    bytes = overhead;
  };
  for (const { input } of items) {
    const size = Buffer.byteLength(JSON.stringify(input)) + 1;
    if (current.length >= perBatch || bytes + size > bytesPerBatch) flush();
    current.push(input);
    bytes += size;
  }
  flush();
  return batches;
}

async function readItems(place: Place, reader: ItemReader): Promise<Json[]> {
  try {
    const parameters = (await place.engine.expressions.evaluate(reader.Arguments ?? {}, bindingsOf(place))) as JsonObject;
    const items = reader.Resource.endsWith(':s3:listObjectsV2') ? await listedObjects(place, parameters) : await objectItems(place, reader, parameters);
    return items.slice(0, await numberOf(place, reader.ReaderConfig?.MaxItems, items.length));
  } catch (problem) {
    const reason = problem instanceof AwsError ? `${problem.code}: ${problem.message}` : problem instanceof NoAnswer ? problem.message : undefined;
    throw reason === undefined ? problem : new StateFailure('States.ItemReaderFailed', reason);
  }
}

function readAs(place: Place): { region: string; principal: { arn: string; origin: string } } {
  const { region, roleArn } = place.execution;
  return { region, principal: { arn: roleArn, origin: region } };
}

async function listedObjects(place: Place, parameters: JsonObject): Promise<Json[]> {
  const items: Json[] = [];
  let token: string | undefined;
  do {
    const page: { Contents?: { Key?: string; Size?: number; ETag?: string; LastModified?: Date; StorageClass?: string }[]; NextContinuationToken?: string } =
      await place.engine.world.call('s3', 'ListObjectsV2', { ...parameters, ...(token === undefined ? {} : { ContinuationToken: token }) }, readAs(place));
    for (const { Key = '', Size = 0, ETag = '', LastModified, StorageClass = 'STANDARD' } of page.Contents ?? []) {
      items.push({ Key, Size, Etag: ETag, LastModified: Math.floor((LastModified?.getTime() ?? 0) / 1000), StorageClass });
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return items;
}

async function objectItems(place: Place, reader: ItemReader, parameters: JsonObject): Promise<Json[]> {
  const object = await place.engine.world.call<{ Body?: AsyncIterable<Uint8Array> }>('s3', 'GetObject', parameters, readAs(place));
  const text = object.Body ? await streamText(object.Body) : '';
  const configuration = reader.ReaderConfig ?? {};
  switch (configuration.InputType ?? 'JSON') {
    case 'JSONL': return text.split('\n').filter((line) => line.trim() !== '').map((line) => parsed(line));
    case 'CSV': return readDelimited(text, configuration);
    case 'JSON': return jsonItems(parsed(text), configuration.ItemsPointer);
    default: throw new StateFailure('States.ItemReaderFailed', `InputType ${String(configuration.InputType)} is not read by the sandbox.`);
  }
}

function parsed(text: string): Json {
  const value = parseJson(text);
  if (value === undefined) throw new StateFailure('States.ItemReaderFailed', 'Attempted to map over a file that is not valid JSON.');
  return value;
}

/** The array itself, or the one that a JSON Pointer (RFC 6901) leads to; an object's members become key and value. */
function jsonItems(document: Json, pointer: string | undefined): Json[] {
  let value: Json | undefined = document;
  for (const step of pointer?.split('/').slice(1) ?? []) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    value = Array.isArray(value) ? value[Number(name)] : isObject(value) ? value[name] : undefined;
  }
  if (Array.isArray(value)) return value;
  if (isObject(value)) return Object.entries(value).map(([Key, Value]) => ({ Key, Value }));
  throw new StateFailure('States.ItemReaderFailed', 'Attempted to map over a value that is neither an array nor an object.');
}
