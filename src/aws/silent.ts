import type { S3ClientConfig } from '@aws-sdk/client-s3';

const nothing = (): void => {};

/**
 * Without it, some of the SDK's warnings go to the console; what went wrong is thrown anyway, and stderr is the operator's.
 * It has no `info` and no `error` on purpose: for those the SDK first copies every request and answer member by member,
 * which took as much time as reading the answers of a watch of a thousand jobs.
 */
export const silent = { trace: nothing, debug: nothing, warn: nothing } as unknown as NonNullable<S3ClientConfig['logger']>;
