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
 * AccessDenied instead of "there is none", so that names cannot be guessed (S3 API reference, GetObject). For versions
 * the right to list versions counts; S3's pages are silent about it, and the stricter answer is imitated.
 */
export async function readableVersion(context: S3Context, bucket: Bucket, key: string, versionId: string | undefined, principal: Principal): Promise<ObjectVersion> {
  const version = versionId === undefined ? context.store.newest(bucket, key) : context.store.version(bucket, key, versionId);
  if (version && !version.deleteMarker) return version;
  if (version && versionId !== undefined) throw methodNotAllowed('The specified method is not allowed against this resource.', markerMembers(version));
  if (!await passes(context, versionId === undefined ? listingCheck.keys : listingCheck.versions, bucket, principal)) throw accessDenied();
  if (versionId !== undefined) throw noSuchVersion(key, versionId);
  const absent = noSuchKey(key);
  throw version ? new AwsError(absent.code, absent.message, { status: 404, members: { ...absent.members, ...markerMembers(version) } }) : absent;
}

/** Internal operations that do nothing: their only purpose is the permission that they need. */
export const listingCheck = { keys: 'CheckListing', versions: 'CheckListingVersions' } as const;

async function passes(context: S3Context, check: string, bucket: Bucket, principal: Principal): Promise<boolean> {
  try {
    // The question is asked inside the Region that holds the bucket, whoever asked from wherever.
    await context.world.call('s3', check, { Bucket: bucket.name }, { region: bucket.region, principal: { ...principal, origin: bucket.region } });
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith('AccessDenied')) return false;
    throw error;
  }
}

function markerMembers(marker: ObjectVersion): Record<string, unknown> {
  return { DeleteMarker: true, VersionId: marker.versionId, LastModified: lastModified(marker.createdAt) };
}
