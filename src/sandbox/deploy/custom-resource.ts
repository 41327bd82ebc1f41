import type { CreatedResource } from '../service.js';
import type { Principal, World } from '../world.js';
import { DeploymentError, isRecord } from './template.js';

/**
 * Custom resources, backed by a function: CloudFormation sends the function an event and the function answers by a PUT
 * to a presigned URL. One difference from AWS, on purpose: a function that fails is reported at once with its error,
 * where CloudFormation would only notice after the service time-out of an hour.
 * Source: "Custom resource request objects" and "response objects" of the CloudFormation user guide.
 */
export interface CustomResourceRequest {
  /** Who deploys: CloudFormation calls the function with the deployer's permissions, not as a service. */
  principal: Principal;
  region: string;
  stackId: string;
  logicalId: string;
  type: string;
  requestType: 'Create' | 'Update' | 'Delete';
  properties: Record<string, unknown>;
  physicalId?: string;
  oldProperties?: Record<string, unknown>;
}

/** The answers that functions PUT: the host's listener delivers them, the deployer waits for them. */
export interface CustomResourceResponses {
  expect(request: { region: string; stackId: string; logicalId: string; requestId: string; secret: string }): ExpectedResponse;
  /** Path and query of a PUT with its body. False when nobody waits for it (never asked, or answered before). */
  deliver(url: string, body: string): boolean;
}

export interface ExpectedResponse {
  url: string;
  body: Promise<string>;
  forget(): void;
}

/** The host name of the bucket that CloudFormation presigns for answers in a Region. */
export function responseHost(region: string): string {
  return `cloudformation-custom-resource-response-${region.replaceAll('-', '')}.s3.${region}.amazonaws.com`;
}

/** Matches every Region's `responseHost`. */
export const responseHostPattern = '^cloudformation-custom-resource-response-[a-z0-9]+\\.s3\\.[a-z0-9-]+\\.amazonaws\\.com$';

export function createCustomResourceResponses(): CustomResourceResponses {
  const waiting = new Map<string, (body: string) => void>();
  return {
    expect: ({ region, stackId, logicalId, requestId, secret }) => {
      const path = `/${encodeURIComponent(`${stackId}|${logicalId}|${requestId}`)}?X-Amz-Signature=${secret}`;
      const body = new Promise<string>((resolve) => waiting.set(path, resolve));
      return { url: `https://${responseHost(region)}${path}`, body, forget: () => { waiting.delete(path); } };
    },
    deliver: (url, body) => {
      const accept = waiting.get(url);
      waiting.delete(url);
      accept?.(body);
      return accept !== undefined;
    },
  };
}

/** How long a function that returned may still take to answer, unless the resource sets ServiceTimeout. */
const graceMs = 60_000;

/** Sends one request and waits for its answer. Throws DeploymentError with the function's own reason. */
export async function requestCustomResource(world: World, responses: CustomResourceResponses, request: CustomResourceRequest): Promise<CreatedResource> {
  const requestId = world.random.uuid();
  const expected = responses.expect({ ...request, requestId, secret: world.random.hex(64) });
  const deadline = new AbortController();
  try {
    const invoked = invoke(world, request, eventOf(request, requestId, expected.url));
    // Either may come first: the PUT usually arrives while the function still runs.
    const body = await Promise.race([
      expected.body,
      invoked.then(() => world.clock.sleep(timeoutMs(request), deadline.signal)).then(() => {
        throw new DeploymentError('its function returned but never answered at the ResponseURL');
      }),
    ]);
    return createdFrom(body, request, requestId);
  } finally {
    expected.forget();
    deadline.abort();
  }
}

function timeoutMs(request: CustomResourceRequest): number {
  const seconds = Number(request.properties['ServiceTimeout']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : graceMs;
}

function eventOf(request: CustomResourceRequest, requestId: string, responseUrl: string): Record<string, unknown> {
  return {
    RequestType: request.requestType,
    ServiceToken: request.properties['ServiceToken'],
    ResponseURL: responseUrl,
    StackId: request.stackId,
    RequestId: requestId,
    LogicalResourceId: request.logicalId,
    ResourceType: request.type,
    ...(request.physicalId === undefined ? {} : { PhysicalResourceId: request.physicalId }),
    ResourceProperties: stringified(request.properties),
    ...(request.oldProperties ? { OldResourceProperties: stringified(request.oldProperties) } : {}),
  };
}

/** CloudFormation hands every scalar over as text; handlers that compare with `true` find out only in production. */
function stringified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stringified);
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, stringified(inner)]));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

async function invoke(world: World, request: CustomResourceRequest, event: Record<string, unknown>): Promise<void> {
  const token = request.properties['ServiceToken'];
  if (typeof token !== 'string' || !/^arn:[^:]+:lambda:/.test(token)) {
    throw new DeploymentError(`its ServiceToken is no function (${JSON.stringify(token)}); the sandbox runs only function-backed custom resources`);
  }
  const region = token.split(':')[3] ?? request.region;
  if (region !== request.region) throw new DeploymentError(`its function is in ${region}; CloudFormation calls only functions of the stack's own Region, ${request.region}`);
  const outcome = await world.call<{ FunctionError?: string; Payload?: Uint8Array }>('lambda', 'Invoke', {
    FunctionName: token, InvocationType: 'RequestResponse', Payload: Buffer.from(JSON.stringify(event)),
  }, { region, principal: request.principal });
  if (outcome.FunctionError) {
    throw new DeploymentError(`its function failed: ${Buffer.from(outcome.Payload ?? []).toString('utf8').slice(0, 2000)}`);
  }
}

interface Answer {
  Status?: string;
  Reason?: string;
  PhysicalResourceId?: string;
  StackId?: string;
  RequestId?: string;
  LogicalResourceId?: string;
  Data?: Record<string, unknown>;
}

function createdFrom(body: string, request: CustomResourceRequest, requestId: string): CreatedResource {
  let answer: Answer;
  try {
    answer = JSON.parse(body) as Answer;
  } catch {
    throw new DeploymentError(`its answer is not JSON: ${body.slice(0, 200)}`);
  }
  if (answer.Status === 'FAILED') throw new DeploymentError(`its function answered FAILED: ${answer.Reason ?? 'no reason given'}`);
  if (answer.Status !== 'SUCCESS') throw new DeploymentError(`its answer has no valid Status (${JSON.stringify(answer.Status)})`);
  const mismatched = [
    answer.StackId === request.stackId ? [] : ['StackId'],
    answer.RequestId === requestId ? [] : ['RequestId'],
    answer.LogicalResourceId === request.logicalId ? [] : ['LogicalResourceId'],
    answer.PhysicalResourceId ? [] : ['PhysicalResourceId'],
  ].flat();
  if (mismatched.length > 0 || !answer.PhysicalResourceId) throw new DeploymentError(`its answer lacks or changes ${mismatched.join(', ')}`);
  return { ref: answer.PhysicalResourceId, attributes: answer.Data ?? {} };
}
