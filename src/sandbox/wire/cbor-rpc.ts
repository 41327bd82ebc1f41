import { cbor, dateToTag } from '@smithy/core/cbor';
import { AwsError } from '../service.js';
import { describeError } from './json-rpc.js';
import { statusOf, type Protocol } from './protocol.js';
import type { Shape } from './service-model.js';

/**
 * Smithy's RPC v2 CBOR: what other languages' current SDKs speak to CloudWatch. The operation is named by the path
 * `/service/<target>/operation/<name>`. Source: Smithy, "Smithy RPC v2 CBOR protocol".
 */
export const cborRpc: Protocol = {
  errorStyle: 'json',
  namesOperationInHead: true,
  operationOf(model, received) {
    const name = /\/service\/[^/]+\/operation\/([^/]+)$/.exec(received.path)?.[1] ?? '';
    const operation = model.operations.get(name);
    if (!operation) throw new AwsError('UnknownOperationException', `The requested operation ${name} does not exist.`, { status: 404 });
    return operation;
  },
  readInput(operation, _received, body) {
    if (!(body instanceof Uint8Array) || body.length === 0) return {};
    try {
      return readCbor(operation.input, cbor.deserialize(body)) as Record<string, unknown>;
    } catch {
      throw new AwsError('SerializationException', 'Could not parse the request body as CBOR.');
    }
  },
  writeOutput: (operation, output, requestId) => ({ status: 200, headers: cborHeaders(requestId), body: cbor.serialize(operation.output.isUnitSchema() ? {} : writeCbor(operation.output, output)) }),
  writeError(model, error, received, requestId) {
    const { type, members, queryError } = describeError(model, error, received.headers['x-amzn-query-mode'] === 'true');
    return { status: statusOf(model, error), headers: { ...cborHeaders(requestId), ...queryError }, body: cbor.serialize({ __type: type, ...members }) };
  },
};

function cborHeaders(requestId: string): Record<string, string> {
  return { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor', 'x-amzn-requestid': requestId };
}

/** Tag 1 is a point in time, in seconds since 1970 (RFC 8949, section 3.4.2). */
interface TaggedTime {
  tag: number;
  value: number | bigint;
}

function readCbor(shape: Shape, value: unknown): unknown {
  if (value == null) return value;
  if (shape.isStructSchema()) {
    const record = value as Record<string, unknown>;
    const members = [...shape.structIterator()].map(([name, member]): [string, unknown] => [name, readCbor(member, record[name])]);
    return Object.fromEntries(members.filter(([, member]) => member != null));
  }
  if (shape.isListSchema()) return (value as unknown[]).map((item) => readCbor(shape.getValueSchema(), item));
  if (shape.isMapSchema()) return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, readCbor(shape.getValueSchema(), item)]));
  if (shape.isTimestampSchema()) return value instanceof Date ? value : new Date(Number((value as TaggedTime).value ?? value) * 1000);
  if (shape.isNumericSchema()) return Number(value);
  return value;
}

function writeCbor(shape: Shape, value: unknown): unknown {
  if (value == null) return value;
  if (shape.isStructSchema()) {
    const record = value as Record<string, unknown>;
    const members = [...shape.structIterator()].map(([name, member]): [string, unknown] => [name, writeCbor(member, record[name])]);
    return Object.fromEntries(members.filter(([, member]) => member != null));
  }
  if (shape.isListSchema()) return [...(value as Iterable<unknown>)].map((item) => writeCbor(shape.getValueSchema(), item));
  if (shape.isMapSchema()) return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, writeCbor(shape.getValueSchema(), item)]));
  if (shape.isTimestampSchema()) return dateToTag(value instanceof Date ? value : new Date(value as number | string));
  return value;
}
