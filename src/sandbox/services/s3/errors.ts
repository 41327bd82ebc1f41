import { AwsError } from '../../service.js';

/** S3's errors by the conditions that raise them. Codes and statuses: S3 API reference, "Error responses". */

export const noSuchBucket = (bucket: string): AwsError =>
  new AwsError('NoSuchBucket', 'The specified bucket does not exist', { status: 404, members: { BucketName: bucket } });

export const bucketNotEmpty = (bucket: string): AwsError =>
  new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.', { status: 409, members: { BucketName: bucket } });

export const noSuchKey = (key: string): AwsError =>
  new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404, members: { Key: key } });

export const noSuchVersion = (key: string, versionId: string): AwsError =>
  new AwsError('NoSuchVersion', 'The specified version does not exist.', { status: 404, members: { Key: key, VersionId: versionId } });

export const noSuchUpload = (uploadId: string): AwsError =>
  new AwsError('NoSuchUpload', 'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.', { status: 404, members: { UploadId: uploadId } });

/** HEAD has no body, so all that a client learns is 404. */
export const notFound = (): AwsError => new AwsError('NotFound', 'Not Found', { status: 404 });

export const accessDenied = (): AwsError => new AwsError('AccessDenied', 'Access Denied', { status: 403 });

export const notModified = (etag: string): AwsError =>
  new AwsError('NotModified', 'Not Modified', { status: 304, members: { ETag: `"${etag}"` } });

export const preconditionFailed = (condition: string): AwsError =>
  new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', { status: 412, members: { Condition: condition } });

export const conditionalRequestConflict = (key: string, condition: string): AwsError =>
  new AwsError('ConditionalRequestConflict', 'The conditional request cannot succeed due to a conflicting operation against this resource.', { status: 409, members: { Key: key, Condition: condition } });

export const methodNotAllowed = (message: string, members: Record<string, unknown> = {}): AwsError =>
  new AwsError('MethodNotAllowed', message, { status: 405, members });

export const invalidArgument = (message: string, members: Record<string, unknown> = {}): AwsError =>
  new AwsError('InvalidArgument', message, { members });

export const invalidRequest = (message: string): AwsError => new AwsError('InvalidRequest', message);

export const invalidRange = (size: number): AwsError =>
  new AwsError('InvalidRange', 'The requested range is not satisfiable', { status: 416, members: { ActualObjectSize: size } });

export const badDigest = (what: string): AwsError =>
  new AwsError('BadDigest', `The ${what} you specified did not match the calculated checksum.`);

export const entityTooSmall = (partNumber: number, size: number): AwsError =>
  new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', { members: { ProposedSize: size, MinSizeAllowed: 5_242_880, PartNumber: partNumber } });

export const entityTooLarge = (size: number, limit: number): AwsError =>
  new AwsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', { members: { ProposedSize: size, MaxSizeAllowed: limit } });

export const invalidPart = (partNumber: number, uploadId: string): AwsError =>
  new AwsError('InvalidPart', 'One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part\'s entity tag.', { members: { PartNumber: partNumber, UploadId: uploadId } });

export const invalidPartOrder = (): AwsError =>
  new AwsError('InvalidPartOrder', 'The list of parts was not in ascending order. Parts must be ordered by part number.');

export const notImplemented = (what: string): AwsError =>
  new AwsError('NotImplemented', `${what} is not implemented by the sandbox.`, { status: 501 });

/** The bucket lives in another Region: clients are told where, and the SDK can follow. */
export const permanentRedirect = (bucket: string, region: string): AwsError =>
  new AwsError('PermanentRedirect', 'The bucket you are attempting to access must be addressed using the specified endpoint.', {
    status: 301,
    members: { Bucket: bucket, Region: region, BucketRegion: region, Endpoint: `${bucket}.s3.${region}.amazonaws.com` },
  });
