import * as z from 'zod';
import type { FaultsState, OutboxEmail } from '../../sandbox/index.js';
import type { InitDocument } from '../actions/init.js';
import type { SandboxDestroyDocument } from '../actions/sandbox-destroy.js';
import type { SandboxDeployDocument } from '../actions/sandbox-deploy.js';
import type { PublishedDocument } from '../actions/publish-choices.js';
import { anything, count, time } from './parts.js';

const initMembers = {
  deployment: z.string(), file: z.string(), epoch: count, activeRegion: z.string(),
  set: z.array(z.enum(['ledger', 'arc', 'mrap'])).describe('what this run set; empty when everything stood already'),
};
/** With `--publish`. */
const published = z.strictObject({ deployment: z.string(), parameter: z.string(), regions: z.array(z.string()), extensionPoints: z.array(z.string()) }) satisfies z.ZodType<PublishedDocument>;
export const init = z.union([z.strictObject(initMembers) satisfies z.ZodType<InitDocument>, published]);

const faults = z.strictObject({
  regions: z.record(z.string(), z.enum(['up', 'gray', 'down', 'isolated'])),
  arcEndpoints: z.record(z.string(), z.enum(['up', 'slow', 'down'])),
  credentials: z.record(z.string(), z.enum(['ok', 'expired'])),
  services: z.record(z.string().describe('NAME@REGION'), z.enum(['ok', 'throttle', 'error', 'slow'])),
  replication: z.record(z.string().describe('FROM->TO'), z.union([z.strictObject({ mode: z.enum(['flowing', 'paused']) }), z.strictObject({ mode: z.literal('lagging'), lagMs: z.number() })])),
}) satisfies z.ZodType<FaultsState>;

const email = z.strictObject({
  via: z.enum(['ses', 'sns']), topicArn: z.string().optional(), messageId: z.string(), region: z.string(), at: time, from: z.string().optional(), to: z.array(z.string()), subject: z.string(),
  text: z.string().optional(), html: z.string().optional(), raw: z.string().optional(),
}) satisfies z.ZodType<OutboxEmail>;

export const sandboxStart = z.strictObject({ ...initMembers, pid: count, dir: z.string(), endpointUrl: z.string(), referenceRowsLoaded: count });
export const sandboxDeploy = z.strictObject({ ...initMembers, dir: z.string(), assembly: z.string(), created: count, updated: count, unchanged: count, removed: count }) satisfies z.ZodType<SandboxDeployDocument>;
export const sandboxDestroy = z.strictObject({
  dir: z.string(), removed: count, kept: z.array(z.strictObject({ stackName: z.string(), region: z.string(), type: z.string(), name: z.string(), why: z.string() })),
}) satisfies z.ZodType<SandboxDestroyDocument>;
export const sandboxStop = z.strictObject({ dir: z.string(), stopped: z.boolean() });
export const sandboxReset = z.strictObject({ dir: z.string(), stopped: z.boolean(), deleted: z.literal(true) });
export const sandboxEnv = z.strictObject({ environment: z.record(z.string(), z.string()) });
export const sandboxFault = z.strictObject({ faults });
export const sandboxStatus = z.strictObject({
  dir: z.string(),
  endpointUrl: z.string(),
  status: z.strictObject({
    pid: count, startedAt: time, uptimeSeconds: z.number(), now: time, regions: z.array(z.string()), faults,
    deployment: z.strictObject({ assembly: z.string(), assemblyDigest: z.string(), stacks: z.array(z.strictObject({ stackName: z.string(), region: z.string(), status: z.string() })), unmodelled: count }),
    saved: z.strictObject({ at: time, bytes: count, milliseconds: count }).nullable(),
    saveError: z.string().nullable(),
    services: z.record(z.string(), anything),
  }),
  outbox: z.array(email),
  unmodelled: z.array(anything).optional(),
});

export const help = z.strictObject({ topic: z.string(), text: z.string() });
