/**
 * S3 Control, as far as Multi-Region Access Points need it. What it promises to imitate:
 *
 * - Routes are read and submitted at any of five Regions' endpoints; no Region of the access point needs to be among
 *   them. Everything else about access points is answered in us-west-2 only.
 * - A submission is told by reads at once and takes effect later, within two minutes; meanwhile another is refused with
 *   409. Dials are 0 or 100, all-passive is refused, Regions that are not named keep theirs.
 * - Requests in progress are not moved: routing happens when a request begins.
 *
 * Two choices where AWS is silent: with several active Regions the nearest one is the caller's own Region, else the one
 * named first at creation; and a Region that is away is not avoided unless its dial is 0.
 */
import type { GetMultiRegionAccessPointCommandInput, GetMultiRegionAccessPointRoutesCommandInput, ListMultiRegionAccessPointsCommandInput, ListRegionalBucketsCommandInput, SubmitMultiRegionAccessPointRoutesCommandInput } from '@aws-sdk/client-s3-control';
import { AwsError } from '../../service.js';
import type { CallContext, Operation, PolicyDocument, Service } from '../../service.js';
import { servicePrincipal } from '../../world.js';
import type { World } from '../../world.js';
import { createAccessPoints, defaultRouteOptions } from './access-points.js';
import type { AccessPoints, MultiRegionAccessPoint, Route, RouteOptions } from './access-points.js';
import { s3ControlResources } from './templates.js';

export interface S3ControlOptions {
  routes?: Partial<RouteOptions>;
}

/** What the S3 data plane asks of it besides the operations. */
export interface S3ControlService extends Service {
  /** The access point with its policy, for IAM. */
  accessPoint(alias: string): { arn: string; policy?: PolicyDocument } | undefined;
  /** The bucket that serves a request which begins now and comes from `origin`. */
  route(alias: string, origin: string): Route | undefined;
  snapshot(): MultiRegionAccessPoint[];
  restore(state: MultiRegionAccessPoint[]): void;
  start(): void;
  stop(): void;
}

/** Endpoints of the failover controls (S3 user guide, using failover controls). */
export const failoverControlRegions: readonly string[] = ['us-east-1', 'us-west-2', 'ap-southeast-2', 'ap-northeast-1', 'eu-west-1'];
const configurationRegion = 'us-west-2';

export function createS3Control(world: World, options: S3ControlOptions = {}): S3ControlService {
  const accessPoints = createAccessPoints(world, { ...defaultRouteOptions, ...options.routes });
  return {
    name: 's3-control',
    operations: operationsOf(world, accessPoints),
    permissions: (operation, input) => [permissionOf(world, accessPoints, operation, (input ?? {}) as PermissionInput)],
    resources: s3ControlResources(world, accessPoints),
    accessPoint: (alias) => {
      const found = accessPoints.byAlias(alias);
      return found && { arn: arnOf(world, found.alias), ...(found.policy ? { policy: found.policy } : {}) };
    },
    route: (alias, origin) => {
      const active = accessPoints.byAlias(alias)?.inEffect.filter((route) => route.dial > 0) ?? [];
      return active.find((route) => route.region === origin) ?? active[0];
    },
    snapshot: () => accessPoints.snapshot(),
    restore: (state) => accessPoints.restore(state),
    start: () => accessPoints.start(),
    stop: () => accessPoints.stop(),
    inspect: () => Object.fromEntries(accessPoints.all().map((accessPoint) => [accessPoint.alias, {
      name: accessPoint.name, submitted: dials(accessPoint.submitted), inEffect: dials(accessPoint.inEffect),
      secondsUntilInEffect: accessPoint.effectiveAt === undefined ? 0 : Math.max(0, (accessPoint.effectiveAt - world.clock.now()) / 1000),
    }])),
  };
}

function dials(routes: Route[]): Record<string, number> {
  return Object.fromEntries(routes.map((route) => [route.region, route.dial]));
}

export function arnOf(world: World, alias: string): string {
  return `arn:${world.partition}:s3::${world.account}:accesspoint/${alias}`;
}

function operationsOf(world: World, accessPoints: AccessPoints): Record<string, Operation> {
  return {
    GetMultiRegionAccessPointRoutes: async (input: GetMultiRegionAccessPointRoutesCommandInput, call) => {
      requireRegion(call, failoverControlRegions);
      const accessPoint = requireByArn(world, accessPoints, input.Mrap);
      return { Mrap: input.Mrap, Routes: accessPoint.submitted.map((route) => ({ Bucket: route.bucket, Region: route.region, TrafficDialPercentage: route.dial })) };
    },
    SubmitMultiRegionAccessPointRoutes: async (input: SubmitMultiRegionAccessPointRoutesCommandInput, call) => {
      requireRegion(call, failoverControlRegions);
      accessPoints.submit(requireByArn(world, accessPoints, input.Mrap), input.RouteUpdates ?? []);
      return {};
    },
    GetMultiRegionAccessPoint: async (input: GetMultiRegionAccessPointCommandInput, call) => {
      requireRegion(call, [configurationRegion]);
      return { AccessPoint: describe(requireByName(accessPoints, input.Name)) };
    },
    GetMultiRegionAccessPointPolicy: async (input: GetMultiRegionAccessPointCommandInput, call) => {
      requireRegion(call, [configurationRegion]);
      const { policy } = requireByName(accessPoints, input.Name);
      return { Policy: policy ? { Established: { Policy: JSON.stringify(policy) } } : {} };
    },
    ListMultiRegionAccessPoints: async (_input: ListMultiRegionAccessPointsCommandInput, call) => {
      requireRegion(call, [configurationRegion]);
      return { AccessPoints: accessPoints.all().map(describe) };
    },
    ListRegionalBuckets: async (_input: ListRegionalBucketsCommandInput, call) => {
      // The answer holds the buckets of the Region that serves the call; S3 itself authorises nothing more here.
      const { Buckets: buckets = [] } = await world.call<{ Buckets?: { Name: string; CreationDate: Date }[] }>(
        's3', 'ListBuckets', { BucketRegion: call.region }, { region: call.region, principal: servicePrincipal('s3', call.region) });
      return { RegionalBucketList: buckets.map(({ Name, CreationDate }) => ({ Bucket: Name, CreationDate, PublicAccessBlockEnabled: true })) };
    },
  };
}

function requireRegion(call: CallContext, regions: readonly string[]): void {
  if (regions.includes(call.region)) return;
  throw new AwsError('InvalidRequest', `This request must be sent to an endpoint in ${regions.join(', ')}.`);
}

function requireByArn(world: World, accessPoints: AccessPoints, arn: string | undefined): MultiRegionAccessPoint {
  const alias = /^arn:[^:]+:s3::(\d{12}):accesspoint\/([a-z0-9]+\.mrap)$/.exec(arn ?? '')?.[2];
  if (alias === undefined) throw new AwsError('InvalidRequest', 'Invalid Multi-Region Access Point ARN.');
  const accessPoint = arn === arnOf(world, alias) ? accessPoints.byAlias(alias) : undefined;
  if (!accessPoint) throw noSuchAccessPoint();
  return accessPoint;
}

function requireByName(accessPoints: AccessPoints, name: string | undefined): MultiRegionAccessPoint {
  const accessPoint = accessPoints.byName(name ?? '');
  if (!accessPoint) throw noSuchAccessPoint();
  return accessPoint;
}

function noSuchAccessPoint(): AwsError {
  return new AwsError('NoSuchMultiRegionAccessPoint', 'The specified multi-region access point does not exist', { status: 404 });
}

function describe(accessPoint: MultiRegionAccessPoint): Record<string, unknown> {
  return {
    Name: accessPoint.name, Alias: accessPoint.alias, CreatedAt: new Date(accessPoint.createdAt), Status: 'READY',
    PublicAccessBlock: accessPoint.publicAccessBlock,
    Regions: accessPoint.submitted.map((route) => ({ Bucket: route.bucket, Region: route.region })),
  };
}

interface PermissionInput {
  Mrap?: string;
  Name?: string;
}

function permissionOf(world: World, accessPoints: AccessPoints, operation: string, input: PermissionInput): { action: string; resource: string; context: Record<string, string> } {
  const named = input.Name === undefined ? undefined : accessPoints.byName(input.Name);
  const resource = input.Mrap ?? (named ? arnOf(world, named.alias) : '*');
  return { action: operation === 'ListRegionalBuckets' ? 's3:ListAllMyBuckets' : `s3:${operation}`, resource, context: { 'aws:SecureTransport': 'true' } };
}
