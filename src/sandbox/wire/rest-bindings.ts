import { decodeUri, queryValue, type Received } from './received.js';
import { readXmlScalar } from './xml-codec.js';
import { readTimestamp, timestampFormat, writeTimestamp } from './timestamps.js';
import type { Input } from './protocol.js';
import type { HttpRoute, OperationModel, ServiceModel, Shape } from './service-model.js';

/** Finds the operation of a REST request: the one whose conditions are all met and are the most. */
export function matchRoute(model: ServiceModel, received: Received): OperationModel | undefined {
  const named = model.operations.get(queryValue(received, 'x-id') ?? '');
  if (named?.route && matches(named.route, received)) return named;
  return model.routed.find((operation) => operation.route && matches(operation.route, received));
}

function matches(route: HttpRoute, received: Received): boolean {
  if (route.method !== received.method || !route.path.test(received.path) || route.needsBucket !== (received.bucket !== undefined)) return false;
  const hasQuery = (name: string, value?: string): boolean => received.query.some(([key, actual]) => key === name && (value === undefined || value === actual));
  return route.query.every(([name, value]) => hasQuery(name, value))
    && route.requiredQuery.every((name) => hasQuery(name))
    && route.requiredHeaders.every((name) => received.headers[name] !== undefined);
}

/** The members of an input that lie in path, query and headers. Source: Smithy, "HTTP binding traits". */
export function readBindings(operation: OperationModel, received: Received): Input {
  const input: Input = {};
  const labels = readLabels(operation, received.path);
  if (received.bucket !== undefined) labels.set('Bucket', received.bucket);
  for (const [name, member] of operation.input.isStructSchema() ? operation.input.structIterator() : []) {
    const value = readBinding(name, member, labels, received, operation);
    if (value !== undefined) input[name] = value;
  }
  return input;
}

function readBinding(name: string, member: Shape, labels: Map<string, string>, received: Received, operation: OperationModel): unknown {
  const traits = member.getMergedTraits();
  if (traits.httpLabel) {
    const label = labels.get(name);
    return label === undefined ? undefined : readXmlScalar(member, label);
  }
  if (traits.httpQuery) {
    const values = received.query.filter(([key]) => key === traits.httpQuery).map(([, value]) => value);
    if (values.length === 0) return undefined;
    return member.isListSchema() ? values.map((value) => readXmlScalar(member.getValueSchema(), value)) : readXmlScalar(member, values[0] as string);
  }
  if (traits.httpQueryParams) return readOtherQuery(operation, received);
  if (traits.httpPrefixHeaders !== undefined) return readPrefixHeaders(traits.httpPrefixHeaders, received.headers);
  if (traits.httpHeader) {
    const header = received.headers[traits.httpHeader.toLowerCase()];
    return header === undefined ? undefined : readHeader(member, header);
  }
  return undefined;
}

function readLabels(operation: OperationModel, path: string): Map<string, string> {
  const route = operation.route;
  const found = route?.path.exec(path)?.slice(1) ?? [];
  // The pattern allows a slash at the end; in a greedy label (an object key) that slash belongs to the value.
  return new Map((route?.labels ?? []).map((label, index) => [label, decodeUri(found[index] ?? '')]));
}

function readHeader(member: Shape, header: string): unknown {
  if (!member.isListSchema()) return member.isTimestampSchema() ? readTimestamp(header) : readXmlScalar(member, header);
  return header.split(',').map((part) => readXmlScalar(member.getValueSchema(), part.trim()));
}

function readPrefixHeaders(prefix: string, headers: Record<string, string>): Record<string, string> | undefined {
  const found = Object.entries(headers).filter(([name]) => name.startsWith(prefix.toLowerCase()));
  return found.length === 0 ? undefined : Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
}

function readOtherQuery(operation: OperationModel, received: Received): Record<string, string> {
  const bound = new Set([...operation.input.structIterator()].map(([, member]) => member.getMergedTraits().httpQuery));
  return Object.fromEntries(received.query.filter(([name]) => !bound.has(name)));
}

/** The members of an output that lie in headers; also the status, where a member carries it. */
export function writeBindings(shape: Shape, output: Record<string, unknown>): { headers: Record<string, string>; status?: number } {
  const headers: Record<string, string> = {};
  let status: number | undefined;
  for (const [name, member] of shape.isStructSchema() ? shape.structIterator() : []) {
    const traits = member.getMergedTraits();
    const value = output[name];
    if (value == null) continue;
    if (traits.httpResponseCode) status = Number(value);
    else if (traits.httpPrefixHeaders !== undefined) {
      for (const [key, item] of Object.entries(value as Record<string, string>)) headers[`${traits.httpPrefixHeaders}${key}`.toLowerCase()] = item;
    } else if (traits.httpHeader) headers[traits.httpHeader.toLowerCase()] = writeHeader(member, value);
  }
  return { headers, status };
}

function writeHeader(member: Shape, value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(',');
  if (member.isTimestampSchema()) return writeTimestamp(value instanceof Date ? value : new Date(value as number | string), timestampFormat(member, 'http-date'));
  return String(value);
}

export interface PayloadMember {
  name: string;
  shape: Shape;
}

/** The member that is the whole body, where there is one; and whether any other member lies in the body. */
export function payloadOf(shape: Shape): { payload?: PayloadMember; hasBodyMembers: boolean } {
  let payload: PayloadMember | undefined;
  let hasBodyMembers = false;
  for (const [name, member] of shape.isStructSchema() ? shape.structIterator() : []) {
    const traits = member.getMergedTraits();
    if (traits.httpPayload) payload = { name, shape: member };
    else if (!traits.httpHeader && !traits.httpQuery && !traits.httpLabel && !traits.httpQueryParams && !traits.httpResponseCode && traits.httpPrefixHeaders === undefined) hasBodyMembers = true;
  }
  return { payload, hasBodyMembers: hasBodyMembers && !payload };
}
