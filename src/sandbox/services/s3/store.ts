import type { World } from '../../world.js';
import { AwsError } from '../../service.js';
import { noSuchBucket, permanentRedirect } from './errors.js';
import { createKeyIndex } from './key-index.js';
import { emptyContent, nullVersionId, plainSettings } from './model.js';
import type { Bucket, BucketConfiguration, ObjectVersion, Upload, UploadedPart } from './model.js';

/** Buckets of all Regions; names are global, as in a partition of AWS. */
export interface Store {
  buckets(): Iterable<Bucket>;
  find(name: string): Bucket | undefined;
  /** The bucket, if it exists in `region`: NoSuchBucket and PermanentRedirect otherwise. */
  require(name: string | undefined, region: string): Bucket;
  create(name: string, region: string): Bucket;
  remove(name: string): void;
  /** Newest version of a key, delete markers included. */
  newest(bucket: Bucket, key: string): ObjectVersion | undefined;
  version(bucket: Bucket, key: string, versionId: string): ObjectVersion | undefined;
  /** Adds a version at the place that its time gives it; the version `null` replaces its predecessor. */
  insert(bucket: Bucket, version: ObjectVersion): void;
  discard(bucket: Bucket, version: ObjectVersion): void;
  /** Version id, time and sequence of a version that is written now. */
  stamp(bucket: Bucket, key: string): Pick<ObjectVersion, 'versionId' | 'createdAt' | 'sequence'>;
  deleteMarker(bucket: Bucket, key: string): ObjectVersion;
  snapshot(): StoreState;
  restore(state: StoreState): void;
}

export interface StoreState {
  sequence: number;
  buckets: BucketState[];
}

interface BucketState {
  name: string;
  region: string;
  createdAt: number;
  configuration: BucketConfiguration;
  objects: ObjectVersion[][];
  uploads: (Omit<Upload, 'parts'> & { parts: UploadedPart[] })[];
}

const versionIdLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._';

export function createStore(world: World): Store {
  const buckets = new Map<string, Bucket>();
  let sequence = 0;

  const opaqueId = (): string => {
    let id = '';
    for (let letter = 0; letter < 32; letter += 1) id += versionIdLetters[world.random.below(versionIdLetters.length)];
    return id;
  };

  const newest = (bucket: Bucket, key: string): ObjectVersion | undefined => bucket.objects.get(key)?.at(-1);

  const version = (bucket: Bucket, key: string, versionId: string): ObjectVersion | undefined =>
    bucket.objects.get(key)?.findLast((candidate) => candidate.versionId === versionId);

  const discard = (bucket: Bucket, doomed: ObjectVersion): void => {
    const versions = bucket.objects.get(doomed.key);
    const index = versions?.lastIndexOf(doomed) ?? -1;
    if (versions === undefined || index < 0) return;
    versions.splice(index, 1);
    if (versions.length > 0) return;
    bucket.objects.delete(doomed.key);
    bucket.keys.remove(doomed.key);
  };

  const insert = (bucket: Bucket, added: ObjectVersion): void => {
    if (added.versionId === nullVersionId) {
      const replaced = version(bucket, added.key, nullVersionId);
      if (replaced) discard(bucket, replaced);
    }
    const versions = bucket.objects.get(added.key);
    if (versions === undefined) {
      bucket.objects.set(added.key, [added]);
      bucket.keys.add(added.key);
      return;
    }
    const place = versions.findLastIndex((other) => isBefore(other, added)) + 1;
    versions.splice(place, 0, added);
  };

  const stamp = (bucket: Bucket, key: string): Pick<ObjectVersion, 'versionId' | 'createdAt' | 'sequence'> => ({
    versionId: bucket.configuration.versioning === 'Enabled' ? opaqueId() : nullVersionId,
    // Never before the version that it replaces, even when a replica came from a Region whose write was later.
    createdAt: Math.max(world.clock.now(), newest(bucket, key)?.createdAt ?? 0),
    sequence: (sequence += 1),
  });

  const make = (name: string, region: string, createdAt: number, configuration: BucketConfiguration): Bucket => ({
    name, region, createdAt, configuration,
    objects: new Map(), keys: createKeyIndex(), uploads: new Map(), conditionalWrites: new Map(),
  });

  return {
    buckets: () => buckets.values(),
    find: (name) => buckets.get(name),
    require: (name, region) => {
      const bucket = name === undefined ? undefined : buckets.get(name);
      if (bucket === undefined) throw noSuchBucket(name ?? '');
      if (bucket.region !== region) throw permanentRedirect(bucket.name, bucket.region);
      return bucket;
    },
    create: (name, region) => {
      if (!isBucketName(name)) throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', { members: { BucketName: name } });
      if (buckets.has(name)) {
        throw new AwsError('BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded and you already own it.', { status: 409, members: { BucketName: name } });
      }
      const bucket = make(name, region, world.clock.now(), newBucketConfiguration());
      buckets.set(name, bucket);
      return bucket;
    },
    remove: (name) => { buckets.delete(name); },
    newest, version, insert, discard, stamp,
    deleteMarker: (bucket, key) => ({
      key, ...stamp(bucket, key), deleteMarker: true, content: emptyContent, settings: plainSettings(), replica: false,
    }),
    snapshot: () => ({ sequence, buckets: [...buckets.values()].map(bucketState) }),
    restore: (state) => {
      sequence = state.sequence;
      buckets.clear();
      for (const saved of state.buckets) {
        const bucket = make(saved.name, saved.region, saved.createdAt, saved.configuration);
        for (const versions of saved.objects) {
          bucket.objects.set(versions[0]!.key, versions.map((version) => ({ ...version })));
          bucket.keys.add(versions[0]!.key);
        }
        for (const upload of saved.uploads) {
          bucket.uploads.set(upload.uploadId, { ...upload, parts: new Map(upload.parts.map((part) => [part.number, part])) });
        }
        buckets.set(bucket.name, bucket);
      }
    },
  };
}

/** Buckets made since April 2023 block public access and disable ACLs (S3 user guide, default settings). */
function newBucketConfiguration(): BucketConfiguration {
  return {
    publicAccessBlock: { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true },
    encryption: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false }] },
    ownership: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
  };
}

function bucketState(bucket: Bucket): BucketState {
  return {
    name: bucket.name, region: bucket.region, createdAt: bucket.createdAt,
    configuration: structuredClone(bucket.configuration),
    objects: [...bucket.objects.values()].map((versions) => versions.map((version) => ({ ...version }))),
    uploads: [...bucket.uploads.values()].map((upload) => ({ ...upload, parts: [...upload.parts.values()] })),
  };
}

function isBefore(left: ObjectVersion, right: ObjectVersion): boolean {
  return left.createdAt < right.createdAt || (left.createdAt === right.createdAt && left.sequence < right.sequence);
}

function isBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !/^\d+(\.\d+){3}$/.test(name) && !name.endsWith('.mrap');
}
