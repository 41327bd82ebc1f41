import type { DeleteObjectTaggingCommandInput, GetObjectTaggingCommandInput, PutObjectTaggingCommandInput } from '@aws-sdk/client-s3';
import type { CallContext, Operation } from '../../service.js';
import type { S3Context } from './context.js';
import type { Bucket, ObjectVersion } from './model.js';
import { readableVersion, requireKey } from './object-lookup.js';
import { tagSetOf, tagsFrom } from './object-settings.js';
import { versionMember } from './object-write.js';

type Address = Pick<GetObjectTaggingCommandInput, 'Bucket' | 'Key' | 'VersionId'>;

/** Tags of objects: the one thing that can change on a version after it is written. */
export function taggingOperations(context: S3Context): Record<string, Operation> {
  const find = async (input: Address, call: CallContext): Promise<{ bucket: Bucket; version: ObjectVersion }> => {
    const bucket = context.store.require(input.Bucket, call.region);
    return { bucket, version: await readableVersion(context, bucket, requireKey(input.Key), input.VersionId, call.principal) };
  };
  const replace = async (input: Address, tags: Record<string, string>, call: CallContext): Promise<{ VersionId?: string }> => {
    const { bucket, version } = await find(input, call);
    version.settings = { ...version.settings, tags };
    context.changes.tagged(bucket, version);
    return versionMember(bucket, version);
  };
  return {
    GetObjectTagging: async (input: GetObjectTaggingCommandInput, call) => {
      const { bucket, version } = await find(input, call);
      return { TagSet: tagSetOf(version.settings.tags), ...versionMember(bucket, version) };
    },
    PutObjectTagging: (input: PutObjectTaggingCommandInput, call) => replace(input, tagsFrom(input.Tagging?.TagSet ?? []), call),
    DeleteObjectTagging: (input: DeleteObjectTaggingCommandInput, call) => replace(input, {}, call),
  };
}
