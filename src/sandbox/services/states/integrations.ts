import { AwsError } from '../../service.js';
import { NoAnswer, type World } from '../../world.js';
import { StateFailure } from './failures.js';
import { isObject, parseJson, type Json, type JsonObject } from './json.js';
import type { Resource } from './resource-names.js';

export type IntegrationCaller = (resource: Resource, parameters: Json, from: { region: string; roleArn: string }) => Promise<Json>;

/**
 * Makes a Task's call as the state machine's role, and turns what comes back into JSON. Throws StateFailure with the
 * error name that Step Functions gives: a function's own `errorType`, or `<Service>.<Exception>`.
 */
export function createIntegrations(world: World): IntegrationCaller {
  return async (resource, parameters, { region, roleArn }) => {
    const principal = { arn: roleArn, origin: region };
    const send = (service: string, operation: string, input: unknown): Promise<unknown> => world.call(service, operation, input, { region, principal });
    switch (resource.kind) {
      case 'lambda-invoke': return invoke(parameters, send);
      case 'lambda-direct': return payloadOf(await invoke({ FunctionName: resource.functionArn, Payload: parameters }, send));
      case 'optimised': return (await plainCall(resource, parameters, send, optimisedPrefix[resource.service] ?? resource.service)) as Json;
      case 'sdk': return (await plainCall(resource, parameters, send, resource.errorPrefix)) as Json;
      default: throw new StateFailure('States.Runtime', 'This integration is not supported.', true);
    }
  };
}

type Send = (service: string, operation: string, input: unknown) => Promise<unknown>;

/** How the optimised integrations spell their service in error names. */
const optimisedPrefix: Record<string, string> = { dynamodb: 'DynamoDB', sns: 'SNS', sqs: 'SQS', states: 'StepFunctions', events: 'EventBridge' };

interface InvokeOutput {
  StatusCode?: number;
  FunctionError?: string;
  Payload?: Uint8Array;
  ExecutedVersion?: string;
}

async function invoke(parameters: Json, send: Send): Promise<JsonObject> {
  if (!isObject(parameters)) throw new StateFailure('States.Runtime', 'The arguments of lambda:invoke must be an object.', true);
  const { Payload = null, ...rest } = parameters;
  let output: InvokeOutput;
  try {
    output = (await send('lambda', 'Invoke', { ...rest, Payload: Buffer.from(JSON.stringify(Payload)) })) as InvokeOutput;
  } catch (problem) {
    throw failureOf(problem, 'Lambda');
  }
  const text = Buffer.from(output.Payload ?? []).toString();
  if (output.FunctionError !== undefined) throw functionFailure(text);
  const payload = text === '' ? {} : (parseJson(text) ?? text);
  return { ExecutedVersion: output.ExecutedVersion ?? '$LATEST', Payload: payload, StatusCode: output.StatusCode ?? 200 };
}

function payloadOf(result: JsonObject): Json {
  return result['Payload'] ?? null;
}

/** The error's name is the `errorType` that the function raised, its cause the whole error as JSON text. */
function functionFailure(text: string): StateFailure {
  const payload = parseJson(text);
  const type = isObject(payload) ? payload['errorType'] : undefined;
  return new StateFailure(typeof type === 'string' && type !== '' ? type : 'Lambda.Unknown', text);
}

async function plainCall(resource: { service: string; operation: string }, parameters: Json, send: Send, prefix: string): Promise<unknown> {
  try {
    return await toJson(await send(resource.service, resource.operation, textBodies(parameters)));
  } catch (problem) {
    throw problem instanceof StateFailure ? problem : failureOf(problem, prefix);
  }
}

function failureOf(problem: unknown, prefix: string): StateFailure {
  if (problem instanceof NoAnswer) return new StateFailure(`${prefix}.SdkClientException`, `Unable to execute HTTP request: ${problem.how}`);
  if (!(problem instanceof AwsError)) throw problem;
  const name = /(Exception|Error)$/.test(problem.code) ? problem.code : `${problem.code}Exception`;
  return new StateFailure(`${prefix}.${name}`, `${problem.message} (Service: ${prefix}, Status Code: ${problem.status})`);
}

/** Blobs that the API takes as bytes are written as text in a definition; SNS and SQS messages may be JSON there. */
function textBodies(parameters: Json): unknown {
  if (!isObject(parameters)) return parameters;
  const input: Record<string, unknown> = { ...parameters };
  for (const name of ['Message', 'MessageBody', 'Detail', 'Input']) {
    if (typeof input[name] === 'object' && input[name] !== null) input[name] = JSON.stringify(input[name]);
  }
  for (const name of ['Body', 'Payload']) {
    const body = input[name];
    if (body === undefined) continue;
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    input[name] = name === 'Body' ? once(bytes) : bytes;
  }
  return input;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The output of an operation as JSON: times as ISO 8601, bytes and streams as text, nothing where nothing was set. */
async function toJson(value: unknown): Promise<Json> {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return Promise.all(value.map(toJson));
  if (typeof value === 'object') {
    if (Symbol.asyncIterator in value) return streamText(value as AsyncIterable<Uint8Array>);
    const plain: JsonObject = {};
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined && name !== '$metadata') plain[name] = await toJson(member);
    }
    return plain;
  }
  return value as Json;
}

export async function streamText(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
