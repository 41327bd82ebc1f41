import { AwsError } from '../../service.js';
import type { CallContext, Operation, PolicyDocument } from '../../service.js';
import type { S3Context } from './context.js';
import { invalidArgument, invalidRequest, notImplemented } from './errors.js';
import { bucketNameOf } from './model.js';
import type { Bucket, BucketConfiguration } from './model.js';
import type { BucketReplication } from './replication-rules.js';

type Input = { Bucket?: string } & Record<string, unknown>;

/** Where one setting of a bucket is found in requests, answers and state. */
interface Setting {
  put?: string;
  get: string;
  delete?: string;
  /** Name in the bucket's configuration. */
  field: keyof BucketConfiguration;
  read(input: Input): unknown;
  tell(value: never): Record<string, unknown>;
  /** Error when nothing is set, or what to tell then. */
  absent: { code: string; message: string } | Record<string, never>;
  check?(context: S3Context, bucket: Bucket, value: never): void;
}

const settings: Setting[] = [
  {
    get: 'GetBucketVersioning', put: 'PutBucketVersioning', field: 'versioning', absent: {},
    read: (input) => member(input, 'VersioningConfiguration', 'Status'), tell: (Status: string) => ({ Status }), check: checkVersioning,
  },
  {
    get: 'GetBucketPolicy', put: 'PutBucketPolicy', delete: 'DeleteBucketPolicy', field: 'policy',
    absent: { code: 'NoSuchBucketPolicy', message: 'The bucket policy does not exist' },
    read: (input) => parsePolicy(input.Policy), tell: (policy: PolicyDocument) => ({ Policy: JSON.stringify(policy) }),
  },
  {
    get: 'GetPublicAccessBlock', put: 'PutPublicAccessBlock', delete: 'DeletePublicAccessBlock', field: 'publicAccessBlock',
    absent: { code: 'NoSuchPublicAccessBlockConfiguration', message: 'The public access block configuration was not found' },
    read: (input) => input.PublicAccessBlockConfiguration, tell: (PublicAccessBlockConfiguration) => ({ PublicAccessBlockConfiguration }),
  },
  {
    get: 'GetBucketLifecycleConfiguration', put: 'PutBucketLifecycleConfiguration', delete: 'DeleteBucketLifecycle', field: 'lifecycleRules',
    absent: { code: 'NoSuchLifecycleConfiguration', message: 'The lifecycle configuration does not exist' },
    read: (input) => member(input, 'LifecycleConfiguration', 'Rules'), tell: (Rules) => ({ Rules }),
  },
  {
    get: 'GetBucketEncryption', put: 'PutBucketEncryption', delete: 'DeleteBucketEncryption', field: 'encryption',
    absent: { code: 'ServerSideEncryptionConfigurationNotFoundError', message: 'The server side encryption configuration was not found' },
    read: (input) => input.ServerSideEncryptionConfiguration, tell: (ServerSideEncryptionConfiguration) => ({ ServerSideEncryptionConfiguration }),
  },
  {
    get: 'GetBucketTagging', put: 'PutBucketTagging', delete: 'DeleteBucketTagging', field: 'tags',
    absent: { code: 'NoSuchTagSet', message: 'The TagSet does not exist' },
    read: (input) => member(input, 'Tagging', 'TagSet'), tell: (TagSet) => ({ TagSet }),
  },
  {
    get: 'GetBucketCors', put: 'PutBucketCors', delete: 'DeleteBucketCors', field: 'corsRules',
    absent: { code: 'NoSuchCORSConfiguration', message: 'The CORS configuration does not exist' },
    read: (input) => member(input, 'CORSConfiguration', 'CORSRules'), tell: (CORSRules) => ({ CORSRules }),
  },
  {
    get: 'GetBucketOwnershipControls', put: 'PutBucketOwnershipControls', delete: 'DeleteBucketOwnershipControls', field: 'ownership',
    absent: { code: 'OwnershipControlsNotFoundError', message: 'The bucket ownership controls were not found' },
    read: (input) => input.OwnershipControls, tell: (OwnershipControls) => ({ OwnershipControls }),
  },
  {
    get: 'GetBucketNotificationConfiguration', put: 'PutBucketNotificationConfiguration', field: 'eventBridge', absent: {},
    read: (input) => readNotifications(input.NotificationConfiguration), tell: (enabled: boolean) => (enabled ? { EventBridgeConfiguration: {} } : {}),
  },
  {
    get: 'GetBucketReplication', put: 'PutBucketReplication', delete: 'DeleteBucketReplication', field: 'replication',
    absent: { code: 'ReplicationConfigurationNotFoundError', message: 'The replication configuration was not found' },
    read: (input) => input.ReplicationConfiguration, tell: (ReplicationConfiguration) => ({ ReplicationConfiguration }), check: checkReplication,
  },
];

/** Reads of features that the sandbox does not have: told as AWS tells that they are off. */
const neverSet: Record<string, Record<string, unknown> | { code: string; message: string }> = {
  GetBucketAccelerateConfiguration: {},
  GetBucketLogging: {},
  GetBucketRequestPayment: { Payer: 'BucketOwner' },
  GetBucketWebsite: { code: 'NoSuchWebsiteConfiguration', message: 'The specified bucket does not have a website configuration' },
  GetObjectLockConfiguration: { code: 'ObjectLockConfigurationNotFoundError', message: 'Object Lock configuration does not exist for this bucket' },
};

export function bucketConfigurationOperations(context: S3Context): Record<string, Operation> {
  const operations: Record<string, Operation> = {
    GetBucketPolicyStatus: async (input: Input, call) => {
      const { policy } = context.store.require(input.Bucket, call.region).configuration;
      if (policy === undefined) throw new AwsError('NoSuchBucketPolicy', 'The bucket policy does not exist', { status: 404 });
      return { PolicyStatus: { IsPublic: false } };
    },
  };
  for (const setting of settings) Object.assign(operations, operationsOf(context, setting));
  for (const [name, answer] of Object.entries(neverSet)) {
    operations[name] = async (input: Input, call) => { context.store.require(input.Bucket, call.region); return tellAbsent(answer); };
  }
  return operations;
}

function operationsOf(context: S3Context, setting: Setting): Record<string, Operation> {
  const find = (input: Input, call: CallContext): Bucket => context.store.require(input.Bucket, call.region);
  const operations: Record<string, Operation> = {
    [setting.get]: async (input: Input, call) => {
      const value = find(input, call).configuration[setting.field];
      return value === undefined ? tellAbsent(setting.absent) : setting.tell(value as never);
    },
  };
  if (setting.put) {
    operations[setting.put] = async (input: Input, call) => { configureBucket(context, find(input, call), setting.field, setting.read(input)); return {}; };
  }
  if (setting.delete) {
    operations[setting.delete] = async (input: Input, call) => {
      delete find(input, call).configuration[setting.field];
      context.world.changed();
      return {};
    };
  }
  return operations;
}

/** Sets one setting after the checks that S3 makes; templates use it too. `undefined` is refused. */
export function configureBucket(context: S3Context, bucket: Bucket, field: keyof BucketConfiguration, value: unknown): void {
  if (value === undefined) throw new AwsError('MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
  settings.find((setting) => setting.field === field)?.check?.(context, bucket, value as never);
  Object.assign(bucket.configuration, { [field]: value });
  context.world.changed();
}

function tellAbsent(absent: Record<string, unknown> | { code: string; message: string }): Record<string, unknown> {
  if (typeof absent.code === 'string') throw new AwsError(absent.code, String(absent.message), { status: 404 });
  return { ...absent };
}

function member(input: Input, structure: string, name: string): unknown {
  return (input[structure] as Record<string, unknown> | undefined)?.[name];
}

function parsePolicy(text: unknown): PolicyDocument {
  try {
    const policy = JSON.parse(String(text)) as PolicyDocument;
    if (policy.Statement !== undefined) return policy;
  } catch {
    // Not JSON: refused below like a policy without statements.
  }
  throw new AwsError('MalformedPolicy', 'Policies must be valid JSON and have a Statement');
}

function readNotifications(configuration: unknown): boolean {
  const given = (configuration ?? {}) as Record<string, unknown>;
  for (const target of ['TopicConfigurations', 'QueueConfigurations', 'LambdaFunctionConfigurations']) {
    if (Array.isArray(given[target]) && given[target].length > 0) throw notImplemented(`${target} (only EventBridge is)`);
  }
  return given.EventBridgeConfiguration !== undefined;
}

function checkVersioning(_context: S3Context, bucket: Bucket, status: string): void {
  if (status !== 'Enabled' && status !== 'Suspended') throw invalidArgument('Versioning status must be Enabled or Suspended');
  if (status === 'Suspended' && bucket.configuration.replication) {
    throw new AwsError('InvalidBucketState', 'A replication configuration is present on this bucket, so the versioning state cannot be changed.', { status: 409 });
  }
}

/** Both buckets need versioning, and the destination must exist first. */
function checkReplication(context: S3Context, bucket: Bucket, replication: BucketReplication): void {
  if (bucket.configuration.versioning !== 'Enabled') throw invalidRequest('Versioning must be \'Enabled\' on the bucket to apply a replication configuration');
  if (!replication.Role) throw invalidArgument('The replication role must be specified', { ArgumentName: 'Role' });
  const priorities = replication.Rules.filter((rule) => rule.Filter !== undefined).map((rule) => rule.Priority);
  if (new Set(priorities).size < priorities.length) throw invalidArgument('Found multiple rules with the same priority');
  replication.Rules.forEach((rule, index) => { rule.ID ??= `rule-${index + 1}`; });
  for (const rule of replication.Rules) {
    const destination = context.store.find(bucketNameOf(rule.Destination.Bucket));
    if (!destination) throw invalidRequest('Destination bucket must exist.');
    if (destination.configuration.versioning !== 'Enabled') throw invalidRequest('Destination bucket must have versioning enabled.');
    if (destination === bucket) throw invalidRequest('Destination bucket cannot be the same as the source bucket.');
    if (rule.Destination.ReplicationTime?.Status === 'Enabled' && rule.Filter === undefined) throw invalidRequest('ReplicationTime requires a rule with a Filter.');
  }
}
