import { DescribeClusterCommand, Route53RecoveryControlConfigClient } from '@aws-sdk/client-route53-recovery-control-config';
import { PutBucketReplicationCommand, S3Client, type ReplicationConfiguration } from '@aws-sdk/client-s3';
import { createReadPorts, createWritePorts } from '../../../src/aws/ports.js';
import { deploymentSchema, type Deployment } from '../../../src/config/schema.js';
import type { RunningWorld, WorldSnapshot } from '../../../src/sandbox/assemble-world.js';
import { createMemoryBlobs } from '../../../src/sandbox/blobs-memory.js';
import { createWorld, type WorldTuning } from '../../../src/sandbox/create-world.js';
import { type Assembly, readAssembly, regionsOf } from '../../../src/sandbox/deploy/assembly.js';
import { createCustomResourceResponses, type CustomResourceResponses } from '../../../src/sandbox/deploy/custom-resource.js';
import { deployAssembly } from '../../../src/sandbox/deploy/deployer.js';
import { createInProcessHandler } from '../../../src/sandbox/in-process-handler.js';
import type { Access } from '../../../src/sandbox/iam/access.js';
import { seededRandom, type Random } from '../../../src/sandbox/random.js';
import type { CloudFormationService } from '../../../src/sandbox/services/cloudformation/service.js';
import type { InProcessHandler as FunctionCode } from '../../../src/sandbox/services/lambda/in-process-runtime.js';
import type { FunctionRuntime } from '../../../src/sandbox/services/lambda/runtime.js';
import { createVirtualClock, type VirtualClock } from '../../../src/sandbox/virtual-clock.js';
import { setFirstRouting } from '../../../src/workflow/first-routing.js';
import { diceFor } from './dice.js';
import { createFunctions } from './functions.js';
import { referenceRows } from './input-files.js';
import { calm } from './network.js';
import { noJournal } from './operator-machine.js';
import { settle } from './settle.js';
import { bindProcess } from './virtual-process.js';

export const app = 'batchctl';
export const account = '111122223333';
const defaultRegions = ['us-east-1', 'us-west-2'];
const deployedAt = Date.UTC(2026, 10, 21);

/** Small parts, so that files of a few rows have several and some of them run as a Distributed Map. */
export const partSizes = { PART_MIN_BYTES: '300', PART_MAX_BYTES: '900', INLINE_PARTS: '3' };

/** A pipeline that stands deployed and initialised: where every run begins. */
export interface Deployed {
  deployment: Deployment;
  /** Every Region that a stack of it stands in. */
  regions: readonly string[];
  /** JSON of a WorldSnapshot: text, because each run needs a copy of its own. */
  snapshot: string;
  at: number;
}

export interface WorldParts {
  clock: VirtualClock;
  random: Random;
  runtime: FunctionRuntime;
  /** Those of the default deployment unless told. */
  regions?: readonly string[];
  tuning?: WorldTuning;
  onLog?: (region: string, source: string, line: string) => void;
  onAccess?: (access: Access) => void;
}

export function makeWorld({ clock, random, runtime, regions = defaultRegions, tuning, onLog, onAccess }: WorldParts): RunningWorld {
  return createWorld({
    clock, random, runtime, account, regions, blobs: createMemoryBlobs(), latency: 'off', quotas: 'on',
    ...(tuning ? { tuning } : {}), ...(onLog ? { onLog } : {}), ...(onAccess ? { onAccess } : {}),
  });
}

export interface DeployOptions {
  onAccess?: (access: Access) => void;
  /** The operator acts as the deployment's role for operators, and not as somebody who may do everything. */
  asOperatorRole?: boolean;
}

/** Deploys the synthesised templates once; every run then restores what this made. */
export async function deployOnce(assemblyFolder: string, { onAccess, asOperatorRole = false }: DeployOptions = {}): Promise<Deployed> {
  const clock = createVirtualClock({ startAt: deployedAt, settle });
  bindProcess(clock, seededRandom(1));
  const responses = createCustomResourceResponses();
  const network = { world: (): RunningWorld => world, clock, weather: () => calm, requestTimeoutMs: 5000 };
  const runtime = createFunctions({
    app, clock, network, world: () => world, dice: (purpose) => diceFor(0, purpose), killChance: () => 0, environment: partSizes, onLine: () => undefined,
    others: { [`${app}-resources`]: customResources(() => world, responses) },
  });
  const assembly = await readAssembly(assemblyFolder);
  const regions = regionsOf(assembly);
  const world = makeWorld({ clock, random: seededRandom(1), runtime, regions, ...(onAccess ? { onAccess } : {}) });
  await world.start();
  await clock.runUntil(deployAssembly(assembly, {
    world, services: world.services.values(), cloudFormation: world.services.get('cloudformation') as CloudFormationService,
    responses, deployerArn: `arn:aws:iam::${account}:user/operator-admin`,
  }));
  const deployment = await clock.runUntil(describe(world, assembly, asOperatorRole));
  await clock.runUntil(loadReference(world, deployment));
  const ports = { clock: { now: () => new Date(clock.now()), sleep: clock.sleep }, clientOptions: { requestHandler: createInProcessHandler(world) } };
  const first = await clock.runUntil(setFirstRouting(createReadPorts(deployment, ports), createWritePorts(deployment, { ...ports, journal: noJournal }), deployment, 'simulation'));
  if (first.set.length !== (deployment.arc ? 3 : 2)) throw new Error(`the first routing set only ${first.set.join(', ')}`);
  // Until ARC's endpoints agree, the dials took effect, both Regions stamped their version and all metrics are there.
  await clock.advance(6.5 * 60_000);
  await world.stop();
  return { deployment, regions, snapshot: JSON.stringify(withoutAlarms(world.snapshot())), at: clock.now() };
}

/** Shorter limits than an operator would choose: what they guard is the same, and minutes cost. */
const policy = { probeTimeoutSeconds: 3, drainDeadlineSeconds: 60, replicationDeadlineSeconds: 45, lockLeaseSeconds: 30, minSecondsBetweenMoves: 0 };

async function describe(world: RunningWorld, assembly: Assembly, asOperatorRole: boolean): Promise<Deployment> {
  const region = assembly.stacks.find((stack) => stack.stackName.startsWith(`${app}-regional-`))?.region ?? '';
  const { Parameter } = await world.call<{ Parameter: { Value: string } }>('ssm', 'GetParameter', { Name: `/${app}/deployment` }, operatorIn(region));
  const deployment = deploymentSchema.parse({ ...JSON.parse(Parameter.Value) as object, policy, credentials: world.iam.operatorKeys() });
  if (!asOperatorRole) return deployment;
  const { accessKeyId, secretAccessKey, sessionToken } = world.iam.credentialsFor(deployment.roles?.operator ?? '', 'operator');
  return { ...deployment, credentials: { accessKeyId, secretAccessKey, sessionToken } };
}

export function operatorIn(region: string) {
  return { region, principal: { arn: `arn:aws:iam::${account}:user/operator-admin`, origin: 'operator' } };
}

async function loadReference(world: RunningWorld, deployment: Deployment): Promise<void> {
  for (const row of referenceRows) {
    const { uuid, ...numbers } = row;
    const Item = { uuid: { S: uuid }, ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, { N: value }])) };
    await world.call('dynamodb', 'PutItem', { TableName: deployment.referenceTable, Item }, operatorIn(deployment.home));
  }
}

/** Alarms are looked at every minute, and nothing that moves a job depends on one. */
function withoutAlarms(snapshot: WorldSnapshot): WorldSnapshot {
  const monitoring = snapshot.services['monitoring'] as { alarms: unknown[] };
  return { ...snapshot, services: { ...snapshot.services, monitoring: { ...monitoring, alarms: [] } } };
}

interface CustomResourceEvent {
  ResourceType: string;
  ResponseURL: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  ResourceProperties: Record<string, string>;
}

/**
 * The real handler answers over a socket, and there is none here; what it asks of AWS is asked the same way. It runs
 * only while the world is deployed, before any run.
 */
function customResources(world: () => RunningWorld, responses: CustomResourceResponses): FunctionCode {
  return async (event, _context, environment) => {
    const request = event as CustomResourceEvent;
    const client = {
      requestHandler: createInProcessHandler(world()),
      credentials: { accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '', sessionToken: environment['AWS_SESSION_TOKEN'] ?? '' },
    };
    const answer = request.ResourceType === 'Custom::BucketReplication' ? await replicate(request.ResourceProperties, client) : await endpoints(request.ResourceProperties, client);
    const { StackId, RequestId, LogicalResourceId } = request;
    const url = new URL(request.ResponseURL);
    responses.deliver(`${url.pathname}${url.search}`, JSON.stringify({ Status: 'SUCCESS', StackId, RequestId, LogicalResourceId, ...answer }));
    return null;
  };
}

type ClientOptions = ConstructorParameters<typeof S3Client>[0] & object;

async function replicate(properties: Record<string, string>, client: object): Promise<object> {
  const { Bucket, BucketRegion = '', Configuration = '' } = properties;
  const ReplicationConfiguration = JSON.parse(Configuration) as ReplicationConfiguration;
  await new S3Client({ ...client as ClientOptions, region: BucketRegion }).send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration }));
  return { PhysicalResourceId: Bucket };
}

async function endpoints(properties: Record<string, string>, client: object): Promise<object> {
  const config = new Route53RecoveryControlConfigClient({ ...client as object, region: 'us-west-2' });
  const { Cluster } = await config.send(new DescribeClusterCommand({ ClusterArn: properties['ClusterArn'] }));
  const camel = (region: string): string => region.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  const Data = Object.fromEntries((Cluster?.ClusterEndpoints ?? []).map((each) => [`Endpoint${camel(each.Region ?? '')}`, each.Endpoint]));
  return { PhysicalResourceId: properties['ClusterArn'], Data };
}
