import * as z from 'zod';

const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not a Region name such as us-east-1');
const arn = z.string().regex(/^arn:[a-z-]+:/, 'is not an ARN');
const byRegion = <T extends z.ZodType>(value: T) => z.record(region, value);
const seconds = z.number().positive();
const fraction = z.number().min(0).max(1);

/** Thresholds of go / no-go. Every one has a default, so that a deployment file may leave the whole section out. */
export const policySchema = z.strictObject({
  probeTimeoutSeconds: seconds.default(3),
  /** A median probe latency above this warns. */
  probeSlowMs: z.number().positive().default(1000),
  /** A minute in which an observer saw at least this share of its calls fail is a bad minute. */
  probeErrorFraction: fraction.default(0.05),
  /** Stamps and metrics older than this are no evidence any more: unknown. */
  evidenceStaleSeconds: seconds.default(300),
  /** Once bad, a Region counts as good again after so many clean minutes; a failback waits longer. */
  recoveredCleanMinutes: z.number().int().nonnegative().default(15),
  failbackCleanMinutes: z.number().int().nonnegative().default(60),
  /** Shares of failed executions, and of troubled function calls; judged bad from `activityMinStarts` on. */
  activityWarnFraction: fraction.default(0.02),
  activityBadFraction: fraction.default(0.2),
  activityMinStarts: z.number().int().positive().default(20),
  /** Replication latency above this warns; above `replicationBadSeconds` it counts as bad. */
  replicationWarnSeconds: seconds.default(60),
  replicationBadSeconds: seconds.default(900),
  /** Pending objects that only grew for so long count as bad, whatever their latency. */
  replicationGrowingMinutes: z.number().int().positive().default(10),
  maxMissingInputs: z.number().int().nonnegative().default(0),
  minSecondsBetweenMoves: z.number().nonnegative().default(3600),
  drainDeadlineSeconds: seconds.default(900),
  replicationDeadlineSeconds: seconds.default(900),
  headroomWarnFraction: fraction.default(0.5),
  headroomBadFraction: fraction.default(0.8),
  lockLeaseSeconds: seconds.default(60),
  rtoTargetSeconds: seconds.default(300),
  rpoTargetObjects: z.number().int().nonnegative().default(0),
  /** The 95th percentile of a job's run time, used to tell an old job from a slow one. */
  expectedJobSeconds: seconds.default(300),
  /** How far this host's clock may be from AWS's before that is said; a lock's whole lease is too far. */
  clockSkewWarnSeconds: seconds.default(5),
  /** `guard --auto` moves only on a GO that has held for so long. */
  guardHoldSeconds: z.number().nonnegative().default(60),
}).superRefine((policy, context) => {
  const ordered: [keyof typeof policy, keyof typeof policy][] = [
    ['replicationWarnSeconds', 'replicationBadSeconds'], ['headroomWarnFraction', 'headroomBadFraction'],
    ['activityWarnFraction', 'activityBadFraction'], ['recoveredCleanMinutes', 'failbackCleanMinutes'],
  ];
  for (const [lower, upper] of ordered) {
    if (policy[lower] > policy[upper]) context.addIssue({ code: 'custom', path: [lower], message: `is ${policy[lower]}, above ${upper} (${policy[upper]})` });
  }
});
export type Policy = z.infer<typeof policySchema>;

const arcSchema = z.strictObject({
  clusterArn: arn,
  controlPanelArn: arn,
  endpoints: z.array(z.strictObject({ region, endpoint: z.url() }).superRefine(({ region: name, endpoint }, context) => {
    // It alone is called as it stands here: an address elsewhere would be sent what this deployment's credentials signed.
    if (!isArcEndpoint(endpoint, name)) context.addIssue({ code: 'custom', path: ['endpoint'], message: `is not an ARC endpoint of ${name}, such as https://0a1b2c3d.route53-recovery-cluster.${name}.amazonaws.com/v1` });
  })).min(1),
  routingControls: byRegion(arn),
  safetyRules: z.array(arn).default([]),
  /** What those rules demand, so that a flip that one of them would refuse is known before it is tried. */
  assertionRules: z.array(z.strictObject({
    arn,
    name: z.string(),
    /** The Regions whose routing controls it counts. */
    regions: z.array(region).min(1),
    type: z.enum(['ATLEAST', 'AND', 'OR']),
    threshold: z.number().int().nonnegative(),
    inverted: z.boolean(),
  })).default([]),
});

function isArcEndpoint(endpoint: string, name: string): boolean {
  const { protocol, hostname, port } = new URL(endpoint);
  return protocol === 'https:' && port === '' && hostname.includes(`.route53-recovery-cluster.${name}.`) && /\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.test(hostname);
}

const regionResourcesSchema = z.strictObject({
  bucket: z.string().min(3),
  stateMachineArn: arn,
  functions: z.record(z.string(), z.string()),
  deadLetterQueueUrl: z.url().optional(),
  topicArn: arn.optional(),
  /** The topic that tells the results of jobs. Left out: they are told by e-mail. */
  resultsTopicArn: arn.optional(),
  alarms: z.array(z.string()).default([]),
  dashboard: z.string().optional(),
  /** The rule that replicates this Region's bucket to the other one. */
  replicationRuleId: z.string().optional(),
  /** Route 53 health check that follows this Region's routing control. */
  healthCheckId: z.string().optional(),
});

const plainText = z.string().regex(/^[\w.:/{} -]{0,512}$/, 'may hold letters, digits, spaces, . : / _ - and {…}');

/**
 * A step of the user's own before or after a move: a Systems Manager document or a Lambda function, which has to be
 * idempotent by the token that it is given. `before` runs when nothing runs any more and just before the fence, `after` when
 * the target has proven that it works.
 */
export const extensionPointSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and dashes, at most 40'),
  when: z.enum(['before', 'after']),
  /** The kinds of operation that it is part of. */
  on: z.array(z.enum(['failover', 'failback', 'drill'])).min(1).default(['failover', 'failback', 'drill']),
  /** Where it is called: in the Region that takes over, or in the one being left, which may not answer. */
  region: z.enum(['target', 'left']).default('target'),
  function: z.string().min(1).optional(),
  document: z.string().min(1).optional(),
  /** Of a document; `{to}`, `{from}`, `{kind}`, `{mode}`, `{epoch}`, `{operationId}` and `{token}` are filled in. */
  parameters: z.record(z.string(), plainText).default({}),
  expectedSeconds: seconds.default(30),
  timeoutSeconds: seconds.default(300),
  /** stop: the move ends there (before the fence everything is put back). continue: the failure is told, and the move goes on. */
  onFailure: z.enum(['stop', 'continue']).default('stop'),
}).superRefine((point, context) => {
  if ((point.function === undefined) === (point.document === undefined)) context.addIssue({ code: 'custom', path: ['function'], message: 'or document must be given, and not both' });
  if (point.region === 'left' && point.onFailure === 'stop') context.addIssue({ code: 'custom', path: ['onFailure'], message: 'must be continue: a move must not need the Region that it leaves' });
  if (point.function !== undefined && point.timeoutSeconds > 900) context.addIssue({ code: 'custom', path: ['timeoutSeconds'], message: 'is above 900, the longest that a function runs; a document may take longer' });
});
export type ExtensionPoint = z.infer<typeof extensionPointSchema>;

/**
 * One installation of the pipeline: everything that an operation needs, so that no control plane is asked during one.
 * Written by `batchctl init`, and kept as an SSM parameter in both Regions.
 */
export const deploymentSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes'),
  /** The deployment that is used when several are configured and none is named. */
  default: z.boolean().optional(),
  account: z.string().regex(/^\d{12}$/, 'is not a 12-digit account id'),
  partition: z.enum(['aws', 'aws-cn', 'aws-us-gov']).default('aws'),
  codeVersion: z.string(),
  home: region,
  other: region,
  witness: region,
  regions: byRegion(regionResourcesSchema),
  mrap: z.strictObject({ name: z.string(), alias: z.string(), arn, controlRegions: z.array(region).min(1) }),
  ledgerTable: z.string(),
  referenceTable: z.string(),
  /** Null: the deployment runs without ARC (ledger, MRAP and DNS only). */
  arc: arcSchema.nullable(),
  dns: z.strictObject({ zoneId: z.string(), recordName: z.string(), nameServers: z.array(z.string()).default([]) }).optional(),
  roles: z.strictObject({ operator: arn, observer: arn }).optional(),
  /** AWS FIS experiment templates of both Regions, where the deployment has them: `name` is the value of their tag `Name`. */
  faultTemplates: z.array(z.strictObject({ name: z.string().regex(/^[a-z0-9-]+$/, 'may hold lower-case letters, digits and dashes'), summary: z.string(), minutes: z.number().positive() })).optional(),
  /** Dial these host names elsewhere (curl calls it connect-to). Only the sandbox sets it. */
  transport: z.strictObject({
    /** `host` is a regular expression over the host name. The first match wins; an AWS host with no match is refused. */
    connectTo: z.array(z.strictObject({ host: z.string(), port: z.number().int().min(1).max(65_535), address: z.enum(['127.0.0.1', '::1']).optional() })),
  }).optional(),
  /** How to sign. Left out: the SDK's default chain. `profile` names one of the shared configuration. */
  credentials: z.union([
    z.strictObject({ profile: z.string() }),
    z.strictObject({ accessKeyId: z.string(), secretAccessKey: z.string(), sessionToken: z.string().optional() }),
  ]).optional(),
  policy: policySchema.prefault({}),
  /** In the order in which they run. */
  extensionPoints: z.array(extensionPointSchema).default([]),
}).superRefine((deployment, context) => {
  const names = deployment.extensionPoints.map((point) => point.name);
  for (const [index, name] of names.entries()) if (names.indexOf(name) !== index) context.addIssue({ code: 'custom', path: ['extensionPoints', index, 'name'], message: `is used twice: ${name}` });
  for (const name of [deployment.home, deployment.other]) {
    if (!deployment.regions[name]) context.addIssue({ code: 'custom', path: ['regions', name], message: `has no resources, but ${name} is one of the two Regions` });
    if (deployment.arc && !deployment.arc.routingControls[name]) context.addIssue({ code: 'custom', path: ['arc', 'routingControls', name], message: 'is missing' });
  }
  for (const { path, problem } of foreignArns(deployment)) context.addIssue({ code: 'custom', path, message: problem });
  if (deployment.home === deployment.other) context.addIssue({ code: 'custom', path: ['other'], message: 'is the same Region as home' });
});
export type Deployment = z.infer<typeof deploymentSchema>;

interface NamesArns {
  account: string;
  partition: string;
  regions: Record<string, { stateMachineArn: string; topicArn?: string | undefined; resultsTopicArn?: string | undefined }>;
  mrap: { arn: string };
  arc: { clusterArn: string; routingControls: Record<string, string> } | null;
  roles?: { operator: string; observer: string } | undefined;
}

/**
 * A file that was put together from two deployments would move parts of both. An ARC cluster alone may be another
 * account's, because clusters are shared between accounts.
 */
function foreignArns({ account, partition, regions, mrap, arc, roles }: NamesArns): { path: string[]; problem: string }[] {
  const own: [string[], string][] = [
    ...Object.entries(regions).flatMap(([name, resources]) => (['stateMachineArn', 'topicArn', 'resultsTopicArn'] as const).flatMap((member): [string[], string][] => {
      const value = resources[member];
      return value === undefined ? [] : [[['regions', name, member], value]];
    })),
    [['mrap', 'arn'], mrap.arn],
    ...(roles ? [[['roles', 'operator'], roles.operator], [['roles', 'observer'], roles.observer]] as [string[], string][] : []),
  ];
  const shared: [string[], string][] = arc ? [[['arc', 'clusterArn'], arc.clusterArn], ...Object.entries(arc.routingControls).map(([name, each]): [string[], string] => [['arc', 'routingControls', name], each])] : [];
  return [...own, ...shared].flatMap(([path, each], index) => {
    const [, itsPartition, , , itsAccount] = each.split(':');
    if (itsPartition !== partition) return [{ path, problem: `is of the partition ${itsPartition}, and the deployment of ${partition}` }];
    return index < own.length && itsAccount !== account ? [{ path, problem: `is of the account ${itsAccount}, and the deployment of ${account}` }] : [];
  });
}
export type RegionResources = z.infer<typeof regionResourcesSchema>;

/** The Region sets within which DynamoDB offers multi-Region strong consistency. Source: the service's API model. */
export const strongConsistencyRegionSets: readonly (readonly string[])[] = [
  ['us-east-1', 'us-east-2', 'us-west-2'],
  ['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1'],
  ['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
];

/** The Regions in which an ARC cluster has an endpoint. They are the same for every cluster. */
export const arcEndpointRegions = ['us-east-1', 'eu-west-1', 'us-west-2', 'ap-northeast-1', 'ap-southeast-2'] as const;

/** The Regions whose S3 Control endpoints accept Multi-Region Access Point route changes. */
export const mrapControlRegions = ['us-east-1', 'us-west-2', 'ap-southeast-2', 'ap-northeast-1', 'eu-west-1'] as const;
