import type { DeleteObjectCommandInput, DeleteObjectsCommandInput } from '@aws-sdk/client-s3';
import { AwsError } from '../../service.js';
import type { CallContext, Operation } from '../../service.js';
import { checkWriteConditions, overtakeConditionalWrites } from './conditions.js';
import { causeOf } from './context.js';
import type { Cause, DeletionReason, S3Context } from './context.js';
import { nullVersionId } from './model.js';
import type { Bucket } from './model.js';
import { requireKey } from './object-lookup.js';

const maximumKeysPerDelete = 1000;

export function objectDeleteOperations(context: S3Context): Record<string, Operation> {
  return {
    DeleteObject: async (input: DeleteObjectCommandInput, call) => {
      const bucket = context.store.require(input.Bucket, call.region);
      if (input.IfMatch !== undefined) checkWriteConditions(context.store, bucket, requireKey(input.Key), { IfMatch: input.IfMatch });
      return deleteOne(context, bucket, requireKey(input.Key), input.VersionId, 'DeleteObject', causeOf(call, context.world.account));
    },
    DeleteObjects: async (input: DeleteObjectsCommandInput, call) => deleteMany(context, input, call),
  };
}

/**
 * Without a version id: puts a delete marker on top (versioning on), or removes the version `null` (no versioning), or
 * both (suspended). With one: removes exactly that version for good, and that is never replicated.
 */
export function deleteOne(context: S3Context, bucket: Bucket, key: string, versionId: string | undefined, reason: DeletionReason, cause: Cause): { DeleteMarker?: boolean; VersionId?: string } {
  const { store, changes } = context;
  overtakeConditionalWrites(bucket, key);
  if (versionId !== undefined) {
    const doomed = store.version(bucket, key, versionId);
    if (!doomed) return { VersionId: versionId };
    store.discard(bucket, doomed);
    changes.deleted(bucket, doomed, 'removed', reason, cause);
    return doomed.deleteMarker ? { VersionId: versionId, DeleteMarker: true } : { VersionId: versionId };
  }
  if (bucket.configuration.versioning !== undefined) {
    const marker = store.deleteMarker(bucket, key);
    store.insert(bucket, marker);
    changes.deleted(bucket, marker, 'marked', reason, cause);
    return { DeleteMarker: true, VersionId: marker.versionId };
  }
  const doomed = store.version(bucket, key, nullVersionId);
  if (doomed) {
    store.discard(bucket, doomed);
    changes.deleted(bucket, doomed, 'removed', reason, cause);
  }
  return {};
}

function deleteMany(context: S3Context, input: DeleteObjectsCommandInput, call: CallContext): Record<string, unknown> {
  const bucket = context.store.require(input.Bucket, call.region);
  const wanted = input.Delete?.Objects ?? [];
  if (wanted.length === 0 || wanted.length > maximumKeysPerDelete) throw new AwsError('MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
  const cause = causeOf(call, context.world.account);
  const Deleted: Record<string, unknown>[] = [];
  const Errors: Record<string, unknown>[] = [];
  for (const { Key, VersionId, ETag } of wanted) {
    try {
      const key = requireKey(Key);
      if (ETag !== undefined) checkWriteConditions(context.store, bucket, key, { IfMatch: ETag });
      const done = deleteOne(context, bucket, key, VersionId, 'DeleteObject', cause);
      const marker = done.DeleteMarker ? { DeleteMarker: true, DeleteMarkerVersionId: done.VersionId } : {};
      Deleted.push({ Key: key, ...(VersionId === undefined ? {} : { VersionId }), ...marker });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Errors.push({ Key, VersionId, Code: error.code, Message: error.message });
    }
  }
  return { ...(input.Delete?.Quiet ? {} : { Deleted }), ...(Errors.length === 0 ? {} : { Errors }) };
}
