import { AwsError } from '../../service.js';
import type { Principal } from '../../service.js';
import { accessDenied, invalidArgument, methodNotAllowed, noSuchKey, noSuchVersion } from './errors.js';
import { lastModified } from './model.js';
import type { Bucket, ObjectVersion } from './model.js';
import type { S3Context } from './context.js';

/** Longest key in bytes of UTF-8. */
const maximumKeyBytes = 1024;

export function requireKey(key: string | undefined): string {
  if (key === undefined || key === '') throw invalidArgument('The key must not be empty.');
  if (Buffer.byteLength(key) > maximumKeyBytes) {
    throw new AwsError('KeyTooLongError', 'Your key is too long', { members: { Size: Buffer.byteLength(key), MaxSizeAllowed: maximumKeyBytes } });
  }
  return key;
}

/**
 * The version that a read means, or S3's refusal: NoSuchKey (404, with `x-amz-delete-marker` when one hides the
 * object), NoSuchVersion, 405 for a delete marker named by its version. Whoever may not list the bucket is told
 * AccessDenied instead of NoSuchKey, so that key names cannot be guessed (S3 API reference, GetObject).
 */
export async function readableVersion(context: S3Context, bucket: Bucket, key: string, versionId: string | undefined, principal: Principal): Promise<ObjectVersion> {
  const version = versionId === undefined ? context.store.newest(bucket, key) : context.store.version(bucket, key, versionId);
  if (version && !version.deleteMarker) return version;
  if (versionId !== undefined) {
    if (version) throw methodNotAllowed('The specified method is not allowed against this resource.', markerMembers(version));
    throw noSuchVersion(key, versionId);
  }
  if (!await mayList(context, bucket, principal)) throw accessDenied();
  const absent = noSuchKey(key);
  throw version ? new AwsError(absent.code, absent.message, { status: 404, members: { ...absent.members, ...markerMembers(version) } }) : absent;
}

/** Internal operation whose only purpose is its permission, `s3:ListBucket`. */
export const checkListingOperation = 'CheckListing';

async function mayList(context: S3Context, bucket: Bucket, principal: Principal): Promise<boolean> {
  try {
    // The question is asked inside the Region that holds the bucket, whoever asked from wherever.
    await context.world.call('s3', checkListingOperation, { Bucket: bucket.name }, { region: bucket.region, principal: { ...principal, origin: bucket.region } });
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith('AccessDenied')) return false;
    throw error;
  }
}

function markerMembers(marker: ObjectVersion): Record<string, unknown> {
  return { DeleteMarker: true, VersionId: marker.versionId, LastModified: lastModified(marker.createdAt) };
}
