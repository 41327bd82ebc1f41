/**
 * What a simulated AWS service is. The wire layer parses and serialises; services see operation names and plain
 * inputs as the SDK's models spell them (`PutObject`, `{ Bucket, Key, Body }`) and return plain outputs.
 */

/** Who signed the request. */
export interface Principal {
  /** `arn:aws:iam::…:role/…`, `arn:aws:iam::…:user/…` or, for calls between services, `service:events.amazonaws.com`. */
  arn: string;
  accessKeyId?: string;
  /** The Region whose inside the call comes from (a function's), or `operator` for any client outside. */
  origin: string;
}

export interface CallContext {
  /** The Region that serves the call. For the MRAP data plane: the Region that routing chose. */
  region: string;
  principal: Principal;
  requestId: string;
  /** Aborted when the client hung up or the Region was switched off in the middle. */
  signal: AbortSignal;
  /** The failure domain that the request came in through, such as `region:us-east-1` or `arc:us-west-2`. */
  domain: string;
  /** The host name that the client asked for; undefined for calls from inside. */
  host?: string;
}

// Inputs and outputs are typed by each operation's own signature; the registry has to hold them all.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Operation = (input: any, call: CallContext) => Promise<any>;

/** One thing that IAM must allow for an operation. Several for one call are all needed (CopyObject: get and put). */
export interface RequiredPermission {
  /** `s3:GetObjectVersion` */
  action: string;
  /** The ARN of what is touched, or `*` for actions that take no resource. */
  resource: string;
  /** Condition keys of the request that policies in use may test, such as `aws:SecureTransport`. */
  context?: Record<string, string | string[]>;
  /** The bucket, queue or topic policy of the resource, when it has one: it can deny, or allow by itself. */
  resourcePolicy?: PolicyDocument;
}

export interface PolicyDocument {
  Version?: string;
  Statement: PolicyStatement | PolicyStatement[];
}

export interface PolicyStatement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Principal?: '*' | Record<string, string | string[]>;
  NotPrincipal?: '*' | Record<string, string | string[]>;
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, string | string[] | boolean>>;
}

export interface Service {
  /** The credential scope name, except `s3-control` (scope `s3`, told by path): `s3`, `states`, `dynamodb`, … */
  name: string;
  operations: Record<string, Operation>;
  permissions(operation: string, input: unknown, call: CallContext): RequiredPermission[];
  /** CloudFormation resource types that this service knows how to make, by type name. */
  resources?: Record<string, ResourceHandler>;
  /** JSON state for the disk, and back. Bodies live in the blob store and are referred to. */
  snapshot?(): unknown;
  restore?(state: never): void | Promise<void>;
  /** Called once all services exist and state is restored: start timers, resume executions. */
  start?(): void | Promise<void>;
  stop?(): void | Promise<void>;
  /** What `sandbox status` shows of this service, such as the e-mail outbox. */
  inspect?(): Record<string, unknown>;
}

export interface ResourceContext {
  region: string;
  account: string;
  stackName: string;
  logicalId: string;
  /** Where the assembly's assets lie; `Code.S3Key` and the like are resolved to folders in it. */
  assetPath(assetKey: string): string;
  /** The handler's note that it ignores a property; shown by `sandbox status --unmodelled`. */
  unmodelled(propertyPath: string, why?: string): void;
}

export interface CreatedResource {
  /** What `Ref` gives. */
  ref: string;
  /** What `Fn::GetAtt` gives. */
  attributes: Record<string, unknown>;
}

export interface ResourceHandler {
  /** Top-level property names that are modelled. Any other that a template sets is listed as unmodelled. */
  properties: readonly string[];
  create(context: ResourceContext, properties: never): Promise<CreatedResource>;
  /** Applied when a stack is deployed again with changed properties; without it the change is refused. */
  update?(context: ResourceContext, properties: never, previous: CreatedResource): Promise<CreatedResource>;
  /** Called when a resource leaves its template and its DeletionPolicy lets it go; without it the resource is left. */
  remove?(context: ResourceContext, previous: CreatedResource): Promise<void>;
}

export interface AwsErrorOptions {
  /** HTTP status; 400 unless told. */
  status?: number;
  /** Whose fault: `client` unless the status is 5xx. */
  fault?: 'client' | 'server';
  /** Further members of the error shape, such as `Item` or `retryAfterSeconds`. */
  members?: Record<string, unknown>;
}

/** An error as AWS would answer it. The wire layer writes it in the protocol of the request. */
export class AwsError extends Error {
  readonly status: number;
  readonly fault: 'client' | 'server';
  readonly members: Record<string, unknown>;

  constructor(readonly code: string, message: string, options: AwsErrorOptions = {}) {
    super(message);
    this.name = code;
    this.status = options.status ?? 400;
    this.fault = options.fault ?? (this.status >= 500 ? 'server' : 'client');
    this.members = options.members ?? {};
  }
}
