import type { Principal } from '../../service.js';
import { NoAnswer } from '../../world.js';
import type { World } from '../../world.js';
import type { ReadConditions } from './conditions.js';
import { invalidArgument, invalidRequest, noSuchBucket, notModified, preconditionFailed } from './errors.js';
import { checkReadConditions } from './conditions.js';
import { AwsError } from '../../service.js';
import type { Bucket, ObjectVersion } from './model.js';
import { readableVersion } from './object-lookup.js';
import type { S3Context } from './context.js';

export interface CopySource {
  bucket: string;
  key: string;
  versionId?: string;
}

/** Reads the `x-amz-copy-source` header: `bucket/key`, percent-encoded, with an optional `?versionId=`. */
export function parseCopySource(header: string | undefined): CopySource {
  const [path = '', versionId] = (header ?? '').split(/\?versionId=/);
  if (path.startsWith('arn:')) throw invalidRequest('A copy source given as an access point ARN is not supported by the sandbox; a Multi-Region Access Point never is.');
  const decoded = decode(path.replace(/^\//, ''));
  const slash = decoded.indexOf('/');
  if (slash <= 0 || slash === decoded.length - 1) throw invalidArgument('Copy Source must mention the source bucket and key: sourcebucket/sourcekey', { ArgumentName: 'x-amz-copy-source', ArgumentValue: header });
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1), ...(versionId === undefined ? {} : { versionId }) };
}

export interface SourceConditions {
  CopySourceIfMatch?: string;
  CopySourceIfNoneMatch?: string;
  CopySourceIfModifiedSince?: Date;
  CopySourceIfUnmodifiedSince?: Date;
}

/**
 * The version that a copy reads, wherever its bucket is. The Region that serves the copy fetches from the source's
 * Region, so it must be able to reach it. Failed conditions are all 412 here.
 */
export async function findCopySource(context: S3Context, source: CopySource, conditions: SourceConditions, from: { region: string; principal: Principal }): Promise<{ bucket: Bucket; version: ObjectVersion }> {
  const bucket = context.store.find(source.bucket);
  if (bucket === undefined) throw noSuchBucket(source.bucket);
  requireReachable(context.world, from.region, bucket.region);
  const version = await readableVersion(context, bucket, source.key, source.versionId, from.principal);
  checkSourceConditions(version, {
    IfMatch: conditions.CopySourceIfMatch, IfNoneMatch: conditions.CopySourceIfNoneMatch,
    IfModifiedSince: conditions.CopySourceIfModifiedSince, IfUnmodifiedSince: conditions.CopySourceIfUnmodifiedSince,
  });
  return { bucket, version };
}

/** Raises NoAnswer in the way in which `to` is out of reach of `from`. */
export function requireReachable(world: World, from: string, to: string): void {
  if (world.faults.reachable(from, to)) return;
  throw new NoAnswer(world.faults.region(to) === 'down' ? 'refused' : 'blackhole');
}

function checkSourceConditions(version: ObjectVersion, conditions: ReadConditions): void {
  try {
    checkReadConditions(version, conditions);
  } catch (error) {
    const isNotModified = error instanceof AwsError && error.code === notModified('').code;
    throw isNotModified ? preconditionFailed('x-amz-copy-source-if-none-match') : error;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidArgument('The copy source is not valid percent-encoding.', { ArgumentName: 'x-amz-copy-source' });
  }
}
