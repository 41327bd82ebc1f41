import type { ArcEndpointState, CredentialsState, FaultsState, RegionState, ReplicationState, ServiceState } from '../faults.js';
import type { UnmodelledEntry } from '../services/cloudformation/stack-record.js';
import type { ConnectToRule } from './connect-to.js';

/** What the host and its clients say to each other: the files in its folder and the JSON of its admin listener. */

/** `DIR/sandbox.json`: everything that a client needs to reach a running sandbox. */
export interface SandboxFacts {
  schemaVersion: 1;
  pid: number;
  startedAt: string;
  account: string;
  partition: string;
  /** The Regions with a listener of their own, sorted. */
  regions: string[];
  assembly: string;
  assemblyDigest: string;
  speed: number;
  latency: 'off' | 'realistic';
  quotas: 'on' | 'off';
  /** Port by failure domain (`region:us-east-1`, `arc:us-west-2`, `mrap`, …). */
  ports: Record<string, number>;
  admin: { port: number; token: string };
  /** In the shape of a deployment file's `transport.connectTo`. */
  connectTo: ConnectToRule[];
  /** For clients that are given an endpoint instead of a connect-to table, such as the aws CLI. */
  endpointUrl: string;
  /** Of the user `operator-admin`, who may do everything. They work in the sandbox only. */
  credentials: { accessKeyId: string; secretAccessKey: string };
}

export type FaultRequest =
  | { kind: 'region'; region: string; state: RegionState }
  | { kind: 'arc-endpoint'; region: string; state: ArcEndpointState }
  | { kind: 'credentials'; holder: 'operator'; state: CredentialsState }
  | { kind: 'service'; service: string; region: string; state: ServiceState }
  | { kind: 'replication'; from: string; to: string; state: ReplicationState };

export interface SandboxStatus {
  pid: number;
  startedAt: string;
  uptimeSeconds: number;
  /** The sandbox's own clock. */
  now: string;
  regions: string[];
  faults: FaultsState;
  deployment: { assembly: string; assemblyDigest: string; stacks: { stackName: string; region: string; status: string }[]; unmodelled: number };
  saved: { at: string; bytes: number } | null;
  saveError: string | null;
  /** What each service says of itself, by name. */
  services: Record<string, Record<string, unknown>>;
}

export interface OutboxEmail {
  /** `ses`: sent by the pipeline. `sns`: an e-mail subscription of a topic. */
  via: 'ses' | 'sns';
  /** Of `sns`. */
  topicArn?: string;
  messageId: string;
  region: string;
  at: string;
  from?: string;
  to: string[];
  subject: string;
  text?: string;
  html?: string;
  raw?: string;
}

export interface LogLine {
  at: string;
  region: string;
  source: string;
  line: string;
}

export type { FaultsState, UnmodelledEntry };
