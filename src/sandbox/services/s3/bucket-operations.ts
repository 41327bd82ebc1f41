import type { CreateBucketCommandInput, DeleteBucketCommandInput, HeadBucketCommandInput, ListBucketsCommandInput } from '@aws-sdk/client-s3';
import { AwsError } from '../../service.js';
import type { Operation } from '../../service.js';
import type { S3Context } from './context.js';
import { bucketNotEmpty, invalidArgument, notFound, permanentRedirect } from './errors.js';
import { compareKeys } from './key-index.js';
import { bucketArn } from './model.js';

/** us-east-1 is the Region that S3 calls "no location constraint". */
const classicRegion = 'us-east-1';

export function bucketOperations(context: S3Context): Record<string, Operation> {
  const { world, store } = context;
  return {
    CreateBucket: async (input: CreateBucketCommandInput, call) => {
      const location = input.CreateBucketConfiguration?.LocationConstraint ?? classicRegion;
      if (location !== call.region) {
        throw new AwsError('IllegalLocationConstraintException', `The ${location === classicRegion ? 'unspecified' : location} location constraint is incompatible for the region specific endpoint this request was sent to.`);
      }
      const bucket = store.create(input.Bucket ?? '', call.region);
      world.changed();
      return { Location: call.region === classicRegion ? `/${bucket.name}` : `http://${bucket.name}.s3.amazonaws.com/`, BucketArn: bucketArn(world.partition, bucket.name) };
    },
    DeleteBucket: async (input: DeleteBucketCommandInput, call) => {
      const bucket = store.require(input.Bucket, call.region);
      if (bucket.objects.size > 0) {
        throw bucketNotEmpty(bucket.name);
      }
      store.remove(bucket.name);
      world.changed();
      return {};
    },
    HeadBucket: async (input: HeadBucketCommandInput, call) => {
      const bucket = store.find(input.Bucket ?? '');
      if (!bucket) throw notFound();
      if (bucket.region !== call.region) throw permanentRedirect(bucket.name, bucket.region);
      return { BucketRegion: bucket.region, BucketArn: bucketArn(world.partition, bucket.name), AccessPointAlias: false };
    },
    GetBucketLocation: async (input: HeadBucketCommandInput, call) => {
      const bucket = store.require(input.Bucket, call.region);
      return bucket.region === classicRegion ? {} : { LocationConstraint: bucket.region };
    },
    ListBuckets: async (input: ListBucketsCommandInput) => listBuckets(context, input),
  };
}

function listBuckets(context: S3Context, input: ListBucketsCommandInput): Record<string, unknown> {
  const { world, store } = context;
  const maximum = input.MaxBuckets ?? 10_000;
  if (maximum < 1 || maximum > 10_000) throw invalidArgument('Argument max-buckets must be an integer between 1 and 10000');
  const after = input.ContinuationToken === undefined ? '' : Buffer.from(input.ContinuationToken, 'base64url').toString();
  const matching = [...store.buckets()]
    .filter((bucket) => bucket.name.startsWith(input.Prefix ?? '') && (input.BucketRegion ?? bucket.region) === bucket.region && compareKeys(bucket.name, after) > 0)
    .sort((left, right) => compareKeys(left.name, right.name));
  const page = matching.slice(0, maximum);
  const last = page.at(-1);
  return {
    Buckets: page.map((bucket) => ({ Name: bucket.name, CreationDate: new Date(bucket.createdAt), BucketRegion: bucket.region, BucketArn: bucketArn(world.partition, bucket.name) })),
    Owner: { ID: world.account },
    ...(input.Prefix === undefined ? {} : { Prefix: input.Prefix }),
    ...(matching.length > page.length && last ? { ContinuationToken: Buffer.from(last.name).toString('base64url') } : {}),
  };
}
