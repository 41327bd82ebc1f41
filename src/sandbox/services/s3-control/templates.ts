import { AwsError } from '../../service.js';
import type { PolicyDocument, ResourceContext, ResourceHandler } from '../../service.js';
import { servicePrincipal } from '../../world.js';
import type { World } from '../../world.js';
import type { AccessPoints, MultiRegionAccessPoint } from './access-points.js';

interface AccessPointProperties {
  Name?: string;
  Regions: { Bucket: string; BucketAccountId?: string }[];
  PublicAccessBlockConfiguration?: Record<string, boolean>;
}

interface PolicyProperties {
  MrapName: string;
  Policy: PolicyDocument;
}

const blockAll = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };

export function s3ControlResources(world: World, accessPoints: AccessPoints): Record<string, ResourceHandler> {
  return {
    'AWS::S3::MultiRegionAccessPoint': {
      properties: ['Name', 'Regions', 'PublicAccessBlockConfiguration'],
      create: async (resource, properties: AccessPointProperties) => {
        const name = properties.Name ?? `${resource.stackName}-${resource.logicalId}`.toLowerCase().slice(0, 50);
        const buckets = [];
        for (const { Bucket: bucket } of properties.Regions) buckets.push({ bucket, region: await regionOf(world, resource, bucket) });
        if (new Set(buckets.map(({ region }) => region)).size < buckets.length) throw new AwsError('InvalidRequest', 'A Multi-Region Access Point takes one bucket from each Region.');
        const accessPoint = accessPoints.create(name, buckets, properties.PublicAccessBlockConfiguration ?? blockAll);
        return { ref: accessPoint.name, attributes: { Alias: accessPoint.alias, CreatedAt: new Date(accessPoint.createdAt).toISOString() } };
      },
      remove: async (_resource, previous) => { accessPoints.remove(previous.ref); },
    },
    'AWS::S3::MultiRegionAccessPointPolicy': {
      properties: ['MrapName', 'Policy'],
      create: async (_resource, properties: PolicyProperties) => applyPolicy(world, accessPoints, properties),
      update: async (_resource, properties: PolicyProperties) => applyPolicy(world, accessPoints, properties),
      remove: async (_resource, previous) => { delete accessPoints.byName(previous.ref)?.policy; world.changed(); },
    },
  };
}

async function regionOf(world: World, resource: ResourceContext, bucket: string): Promise<string> {
  const principal = servicePrincipal('cloudformation', resource.region);
  const { Buckets: found = [] } = await world.call<{ Buckets?: { Name: string; BucketRegion: string }[] }>('s3', 'ListBuckets', { Prefix: bucket }, { region: resource.region, principal });
  const match = found.find((candidate) => candidate.Name === bucket);
  if (!match) throw new AwsError('NoSuchBucket', `Bucket ${bucket} does not exist.`, { status: 404 });
  return match.BucketRegion;
}

function applyPolicy(world: World, accessPoints: AccessPoints, properties: PolicyProperties): { ref: string; attributes: Record<string, unknown> } {
  const accessPoint: MultiRegionAccessPoint | undefined = accessPoints.byName(properties.MrapName);
  if (!accessPoint) throw new AwsError('NoSuchMultiRegionAccessPoint', 'The specified multi-region access point does not exist', { status: 404 });
  accessPoint.policy = properties.Policy;
  world.changed();
  return { ref: accessPoint.name, attributes: { PolicyStatus: { IsPublic: 'false' } } };
}
