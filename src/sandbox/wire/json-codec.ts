import { readTimestamp, timestampFormat, writeTimestamp } from './timestamps.js';
import type { Shape } from './service-model.js';

type Json = unknown;

/** A parsed JSON value as the SDK's commands spell it: blobs decoded, timestamps as Dates, unknown members dropped. */
export function readJson(shape: Shape, value: Json): unknown {
  if (value == null) return value;
  if (shape.isDocumentSchema()) return value;
  if (shape.isStructSchema()) return readStructure(shape, value as Record<string, Json>);
  if (shape.isListSchema()) return (value as Json[]).map((item) => readJson(shape.getValueSchema(), item));
  if (shape.isMapSchema()) return mapValues(value as Record<string, Json>, (item) => readJson(shape.getValueSchema(), item));
  if (shape.isBlobSchema()) return new Uint8Array(Buffer.from(String(value), 'base64'));
  if (shape.isTimestampSchema()) return readTimestamp(String(value));
  if (shape.isNumericSchema()) return typeof value === 'string' ? Number(value) : value;
  return value;
}

function readStructure(shape: Shape, value: Record<string, Json>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, member] of shape.structIterator()) {
    const wireName = member.getMergedTraits().jsonName ?? name;
    const read = readJson(member, value[wireName] ?? value[name]);
    if (read != null) result[name] = read;
  }
  return result;
}

/** The reverse: a value that JSON.stringify can write. */
export function writeJson(shape: Shape, value: unknown): Json {
  if (value == null) return value;
  if (shape.isDocumentSchema()) return value;
  if (shape.isStructSchema()) return writeStructure(shape, value as Record<string, unknown>);
  if (shape.isListSchema()) return [...(value as Iterable<unknown>)].map((item) => writeJson(shape.getValueSchema(), item));
  if (shape.isMapSchema()) return mapValues(value as Record<string, unknown>, (item) => writeJson(shape.getValueSchema(), item));
  if (shape.isBlobSchema()) return toBase64(value);
  if (shape.isTimestampSchema()) return writeJsonTimestamp(shape, value);
  if (shape.isNumericSchema() && !Number.isFinite(value)) return String(value);
  return value;
}

function writeStructure(shape: Shape, value: Record<string, unknown>): Record<string, Json> {
  const result: Record<string, Json> = {};
  for (const [name, member] of shape.structIterator()) {
    const written = writeJson(member, value[name]);
    if (written !== undefined) result[member.getMergedTraits().jsonName ?? name] = written;
  }
  return result;
}

function writeJsonTimestamp(shape: Shape, value: unknown): Json {
  const date = value instanceof Date ? value : new Date(value as number | string);
  const format = timestampFormat(shape, 'epoch-seconds');
  return format === 'epoch-seconds' ? date.getTime() / 1000 : writeTimestamp(date, format);
}

/** For services without a client package here: Dates become epoch seconds and bytes base64, as JSON services have them. */
export function writeUntypedJson(value: unknown): Json {
  if (value instanceof Date) return value.getTime() / 1000;
  if (value instanceof Uint8Array) return toBase64(value);
  if (Array.isArray(value)) return value.map(writeUntypedJson);
  if (value !== null && typeof value === 'object') return mapValues(value as Record<string, unknown>, writeUntypedJson);
  return value;
}

function toBase64(value: unknown): string {
  return Buffer.from(value as Uint8Array).toString('base64');
}

function mapValues<In, Out>(record: Record<string, In>, change: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined).map(([key, value]) => [key, change(value)]));
}
