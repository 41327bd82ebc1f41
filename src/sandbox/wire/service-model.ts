import { NormalizedSchema } from '@smithy/core/schema';

/** A type of an API model: the client packages' own runtime schema, which this folder reads from the server's side. */
export type Shape = NormalizedSchema;

export interface HttpRoute {
  method: string;
  /** Over the path as it stands in the request, still encoded. */
  path: RegExp;
  labels: string[];
  /** Query parameters that must be there; a value of undefined accepts any. */
  query: [name: string, value: string | undefined][];
  /** Members without which the request means another operation: `UploadPart` is `PutObject` with a part number. */
  requiredQuery: string[];
  requiredHeaders: string[];
  /** S3's bucket is part of the model's host, not of its path. */
  needsBucket: boolean;
  status: number;
}

export interface OperationModel {
  name: string;
  input: Shape;
  output: Shape;
  /** Only for REST protocols. */
  route?: HttpRoute;
  /** The member that carries the raw body when it is streamed, such as `Body` of PutObject. */
  streamingInput?: string;
}

export interface ErrorModel {
  name: string;
  shape: Shape;
  status?: number;
  /** What the older query protocol called this error, such as `AWS.SimpleQueueService.NonExistentQueue`. */
  queryCode?: string;
}

export interface ServiceModel {
  namespace: string;
  operations: ReadonlyMap<string, OperationModel>;
  /** REST operations, the one with the most conditions first. */
  routed: readonly OperationModel[];
  /** By name and by query code. */
  errors: ReadonlyMap<string, ErrorModel>;
}

const operationKind = 9;
const errorKind = -3;

interface OperationTraits {
  http?: [method: string, path: string, status: number];
}

interface ErrorTraits {
  httpError?: number;
  awsQueryError?: [code: string, status: number];
}

/**
 * Reads the operations and errors of a client package. Client packages export each operation's schema as `PutObject$`:
 * undocumented, hence the pinned versions and the contract test over every client in use.
 */
export function readServiceModel(clientModule: object): ServiceModel {
  const operations = new Map<string, OperationModel>();
  const errors = new Map<string, ErrorModel>();
  let namespace = '';
  for (const [exported, schema] of Object.entries(clientModule) as [string, unknown][]) {
    if (!exported.endsWith('$') || !Array.isArray(schema)) continue;
    const name = String(schema[2]);
    if (schema[0] === operationKind) {
      namespace = String(schema[1]);
      operations.set(name, readOperation(name, schema));
    } else if (schema[0] === errorKind) {
      const traits = (schema[3] ?? {}) as ErrorTraits;
      const model: ErrorModel = { name, shape: NormalizedSchema.of(schema as never), status: traits.httpError, queryCode: traits.awsQueryError?.[0] };
      errors.set(name, model);
    }
  }
  // Several errors may share one query code, which may also be the name of another: names win.
  for (const model of [...errors.values()]) if (model.queryCode && !errors.has(model.queryCode)) errors.set(model.queryCode, model);
  const routed = [...operations.values()].filter((operation) => operation.route).sort((one, other) => conditionsOf(other) - conditionsOf(one));
  return { namespace, operations, errors, routed };
}

function readOperation(name: string, schema: unknown[]): OperationModel {
  const traits = schema[3] as OperationTraits | number;
  const input = NormalizedSchema.of(schema[4] as never);
  const output = NormalizedSchema.of(schema[5] as never);
  const http = typeof traits === 'object' ? traits.http : undefined;
  return { name, input, output, route: http && readRoute(input, ...http), streamingInput: streamingMember(input) };
}

function readRoute(input: Shape, method: string, uri: string, status: number): HttpRoute {
  const [path = '/', query = ''] = uri.split('?');
  const labels: string[] = [];
  const pattern = path.replace(/[.$]/g, '\\$&').replace(/\{(\w+)(\+?)\}/g, (_whole, label: string, greedy: string) => {
    labels.push(label);
    return greedy ? '(.+)' : '([^/]+)';
  });
  const literals = query.split('&').filter((part) => part !== '').map((part): [string, string | undefined] => {
    const [key = '', value] = part.split('=');
    return [key, value];
  });
  const required = requiredMembers(input);
  return {
    method,
    path: new RegExp(`^${pattern}/?$`),
    labels,
    // `x-id` names the operation for logs; clients of other languages leave it out.
    query: literals.filter(([key]) => key !== 'x-id'),
    requiredQuery: required.flatMap((member) => member.getMergedTraits().httpQuery ?? []),
    requiredHeaders: required.flatMap((member) => member.getMergedTraits().httpHeader?.toLowerCase() ?? []),
    needsBucket: !labels.includes('Bucket') && Boolean(memberNamed(input, 'Bucket')?.getMergedTraits().httpLabel),
    status,
  };
}

function memberNamed(shape: Shape, name: string): Shape | undefined {
  return shape.isStructSchema() ? [...shape.structIterator()].find(([member]) => member === name)?.[1] : undefined;
}

/** A structure's schema lists its required members first and then tells how many they are. */
function requiredMembers(shape: Shape): Shape[] {
  if (!shape.isStructSchema()) return [];
  const schema = shape.getSchema() as unknown as unknown[];
  return [...shape.structIterator()].slice(0, Number(schema[6] ?? 0)).map(([, member]) => member);
}

function streamingMember(shape: Shape): string | undefined {
  if (!shape.isStructSchema()) return undefined;
  return [...shape.structIterator()].find(([, member]) => member.isStreaming() && member.getMergedTraits().httpPayload)?.[0];
}

function conditionsOf(operation: OperationModel): number {
  const route = operation.route;
  if (!route) return 0;
  const conditions = route.query.length + route.requiredQuery.length + route.requiredHeaders.length;
  return conditions * 1_000 + route.path.source.length;
}
