/**
 * Handler of the deployment's custom resources, see `constructs/deployment-resources.ts`.
 *
 * Every request is idempotent, because CloudFormation repeats requests whose answer it did not get. The address that the
 * answer goes to is a presigned URL: it is never logged.
 */
import { request } from 'node:https';
import { Route53RecoveryControlConfigClient, DescribeClusterCommand } from '@aws-sdk/client-route53-recovery-control-config';
import { DeleteBucketReplicationCommand, PutBucketReplicationCommand, S3Client, type ReplicationConfiguration } from '@aws-sdk/client-s3';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';

interface Answer {
  physicalResourceId: string;
  data: Record<string, string>;
}

/** The ARC configuration API is served from this Region only. */
const arcConfigurationRegion = 'us-west-2';

export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  console.log(JSON.stringify({ message: 'custom resource', type: event.ResourceType, request: event.RequestType, logicalId: event.LogicalResourceId }));
  const previousId = 'PhysicalResourceId' in event ? event.PhysicalResourceId : undefined;
  try {
    const answer = await answerTo(event);
    await respond(event, { Status: 'SUCCESS', PhysicalResourceId: answer.physicalResourceId, Data: answer.data });
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    console.error(JSON.stringify({ message: 'custom resource failed', logicalId: event.LogicalResourceId, reason }));
    await respond(event, {
      Status: 'FAILED',
      Reason: `${reason} (log stream ${context.logStreamName})`,
      // A failed creation needs some id; CloudFormation sends it back in the Delete that rolls the creation back.
      PhysicalResourceId: previousId ?? `not-created-${event.LogicalResourceId}`,
    });
  }
}

async function answerTo(event: CloudFormationCustomResourceEvent): Promise<Answer> {
  switch (event.ResourceType) {
    case 'Custom::BucketReplication':
      return event.RequestType === 'Delete' ? stopReplication(event.PhysicalResourceId, event.ResourceProperties) : startReplication(event.ResourceProperties);
    case 'Custom::ClusterEndpoints':
      // Nothing was made, so there is nothing to delete.
      return event.RequestType === 'Delete' ? { physicalResourceId: event.PhysicalResourceId, data: {} } : clusterEndpoints(event.ResourceProperties);
    default:
      throw new Error(`unknown resource type ${event.ResourceType}`);
  }
}

async function startReplication(properties: Record<string, unknown>): Promise<Answer> {
  const bucket = required(properties, 'Bucket');
  const configuration = JSON.parse(required(properties, 'Configuration')) as ReplicationConfiguration;
  await bucketClient(properties).send(new PutBucketReplicationCommand({ Bucket: bucket, ReplicationConfiguration: configuration }));
  return { physicalResourceId: bucket, data: {} };
}

/** The bucket outlives the stack; its rule does not, because the role that the rule names goes away with the stacks. */
async function stopReplication(bucket: string, properties: Record<string, unknown>): Promise<Answer> {
  // Rolled back before it began, or not this resource's bucket any more: there is nothing to take away.
  if (bucket !== required(properties, 'Bucket')) return { physicalResourceId: bucket, data: {} };
  try {
    await bucketClient(properties).send(new DeleteBucketReplicationCommand({ Bucket: bucket }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'NoSuchBucket')) throw error;
  }
  return { physicalResourceId: bucket, data: {} };
}

/** One attribute a Region: `EndpointUsEast1` and so on. */
async function clusterEndpoints(properties: Record<string, unknown>): Promise<Answer> {
  const clusterArn = required(properties, 'ClusterArn');
  const client = new Route53RecoveryControlConfigClient({ region: arcConfigurationRegion });
  const { Cluster: cluster } = await client.send(new DescribeClusterCommand({ ClusterArn: clusterArn }));
  const endpoints = (cluster?.ClusterEndpoints ?? []).filter((each) => each.Region !== undefined && each.Endpoint !== undefined);
  if (endpoints.length === 0) throw new Error(`the cluster has no endpoints (status ${cluster?.Status ?? 'unknown'})`);
  const data = Object.fromEntries(endpoints.map((each) => [`Endpoint${camel(each.Region as string)}`, each.Endpoint as string]));
  return { physicalResourceId: clusterArn, data };
}

function bucketClient(properties: Record<string, unknown>): S3Client {
  return new S3Client({ region: required(properties, 'BucketRegion') });
}

function required(properties: Record<string, unknown>, name: string): string {
  const value = properties[name];
  if (typeof value !== 'string' || value === '') throw new Error(`the property ${name} is missing`);
  return value;
}

/** As `constructs/published.ts` spells it: `us-east-1` → `UsEast1`. */
function camel(region: string): string {
  return region.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

interface Response {
  Status: 'SUCCESS' | 'FAILED';
  Reason?: string;
  PhysicalResourceId: string;
  Data?: Record<string, string>;
}

const attempts = 4;

/** Without an answer CloudFormation waits for an hour, so a failed attempt is repeated. */
async function respond(event: CloudFormationCustomResourceEvent, response: Response): Promise<void> {
  const body = Buffer.from(JSON.stringify({ ...response, StackId: event.StackId, RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId }));
  for (let attempt = 1; ; attempt += 1) {
    const failure = await put(event.ResponseURL, body);
    if (failure === undefined) return;
    if (attempt === attempts) throw new Error(`CloudFormation could not be answered: ${failure}`);
    await new Promise((resolve) => { setTimeout(resolve, 500 * 2 ** attempt); });
  }
}

/**
 * Undefined when it was accepted, else why not (never with the URL). By `node:https` and its global agent, as the SDK's
 * calls go, so that whatever redirects those redirects this.
 */
function put(url: string, body: Buffer): Promise<string | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(url, {
      method: 'PUT',
      // The URL is signed for an empty content type; any other would break the signature.
      headers: { 'content-type': '', 'content-length': body.length },
      signal: AbortSignal.timeout(10_000),
    }, (answer) => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      resolve(status >= 200 && status < 300 ? undefined : `HTTP ${status}`);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    outgoing.end(body);
  });
}
