import { z } from 'zod';

const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not a Region name such as us-east-1');
const arn = z.string().regex(/^arn:[a-z-]+:/, 'is not an ARN');
const byRegion = <T extends z.ZodType>(value: T) => z.record(region, value);
const seconds = z.number().positive();

/** Thresholds of go / no-go. Every one has a default, so that a deployment file may leave the whole section out. */
export const policySchema = z.strictObject({
  probeTimeoutSeconds: seconds.default(3),
  /** Replication latency above this warns; above `replicationBadSeconds` it counts as bad. */
  replicationWarnSeconds: seconds.default(60),
  replicationBadSeconds: seconds.default(900),
  maxMissingInputs: z.number().int().nonnegative().default(0),
  minSecondsBetweenMoves: z.number().nonnegative().default(3600),
  drainDeadlineSeconds: seconds.default(900),
  replicationDeadlineSeconds: seconds.default(900),
  headroomWarnFraction: z.number().min(0).max(1).default(0.5),
  headroomBadFraction: z.number().min(0).max(1).default(0.8),
  lockLeaseSeconds: seconds.default(60),
  rtoTargetSeconds: seconds.default(300),
  rpoTargetObjects: z.number().int().nonnegative().default(0),
  /** The 95th percentile of a job's run time, used to tell an old job from a slow one. */
  expectedJobSeconds: seconds.default(300),
});
export type Policy = z.infer<typeof policySchema>;

const arcSchema = z.strictObject({
  clusterArn: arn,
  controlPanelArn: arn,
  endpoints: z.array(z.strictObject({ region, endpoint: z.url() })).min(1),
  routingControls: byRegion(arn),
  safetyRules: z.array(arn).default([]),
});

const regionResourcesSchema = z.strictObject({
  bucket: z.string().min(3),
  stateMachineArn: arn,
  functions: z.record(z.string(), z.string()),
  deadLetterQueueUrl: z.url().optional(),
  topicArn: arn.optional(),
  alarms: z.array(z.string()).default([]),
  dashboard: z.string().optional(),
  /** The rule that replicates this Region's bucket to the other one. */
  replicationRuleId: z.string().optional(),
  /** Route 53 health check that follows this Region's routing control. */
  healthCheckId: z.string().optional(),
});

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
  /** Dial these host names elsewhere (curl calls it connect-to). Only the sandbox sets it. */
  transport: z.strictObject({
    /** `host` is a regular expression over the host name. The first match wins; an AWS host with no match is refused. */
    connectTo: z.array(z.strictObject({ host: z.string(), port: z.number().int().min(1).max(65_535) })),
  }).optional(),
  /** How to sign. Left out: the SDK's default chain. `profile` names one of the shared configuration. */
  credentials: z.union([
    z.strictObject({ profile: z.string() }),
    z.strictObject({ accessKeyId: z.string(), secretAccessKey: z.string(), sessionToken: z.string().optional() }),
  ]).optional(),
  policy: policySchema.prefault({}),
}).superRefine((deployment, context) => {
  for (const name of [deployment.home, deployment.other]) {
    if (!deployment.regions[name]) context.addIssue({ code: 'custom', path: ['regions', name], message: `has no resources, but ${name} is one of the two Regions` });
    if (deployment.arc && !deployment.arc.routingControls[name]) context.addIssue({ code: 'custom', path: ['arc', 'routingControls', name], message: 'is missing' });
  }
  if (deployment.home === deployment.other) context.addIssue({ code: 'custom', path: ['other'], message: 'is the same Region as home' });
});
export type Deployment = z.infer<typeof deploymentSchema>;
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
