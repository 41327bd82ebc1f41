import type { Observed } from './observation.js';
import type { RoutingState } from './snapshot.js';

/** How calls are signed, told by the SDK's own record of where the credentials came from. */
export type CredentialKind = 'long-lived keys' | 'session keys' | 'Identity Center' | 'assumed role' | 'web identity' | 'process' | 'container' | 'host';

export interface CredentialFacts {
  kind: CredentialKind;
  /** Null: they do not expire. */
  expiresAt: string | null;
}

export interface IdentityFacts {
  account: string;
  arn: string;
}

/** One read that an operation makes, tried. */
export interface TriedCall {
  /** The IAM action, such as `dynamodb:GetItem`. */
  action: string;
  answer: Observed<true>;
  /** AWS answered, and refused. */
  denied: boolean;
}

export interface AlarmFacts {
  name: string;
  actionsEnabled: boolean;
  /** Actions of the state ALARM. */
  actions: number;
}

export interface ReplicationRuleFacts {
  id: string;
  enabled: boolean;
  destinationBucket: string;
  timeControl: boolean;
  metrics: boolean;
  replicaModifications: boolean;
}

export interface MailFacts {
  sender: string;
  verified: boolean;
  sendingEnabled: boolean;
  /** False: the account is in SES's own sandbox and may send to verified addresses only. */
  productionAccess: boolean;
}

/** Where results are told through a topic. */
export interface ResultsTopicFacts {
  topicArn: string;
  confirmedSubscriptions: number;
  /** Somebody was asked to confirm and has not. */
  pendingSubscriptions: number;
}

/** Everything that the checks judge, each part seen or unknown with a reason. Records are by Region. */
export interface DoctorFacts {
  at: string;
  /** Host and port of the proxy that calls go through; null: none. */
  proxy: string | null;
  credentials: Observed<CredentialFacts>;
  /** As each Region's own STS endpoint answered. */
  identities: Record<string, Observed<IdentityFacts>>;
  /** This host's clock less AWS's; AWS refuses signatures that are 5 minutes off. */
  clockSkewSeconds: Observed<number>;
  /** Null: the deployment runs without ARC. */
  arcEndpoints: Record<string, Observed<Record<string, RoutingState>>> | null;
  mrapControlRegions: Record<string, Observed<true>>;
  /** Whether the access point itself takes what this host signs. */
  accessPoint: Observed<true>;
  calls: Record<string, TriedCall[]>;
  /** What the deployment says of itself in SSM. */
  descriptions: Record<string, Observed<Record<string, unknown>>>;
  /** The code version that each Region's functions stamped last. */
  versions: Record<string, Observed<string>>;
  /** Limits by name. */
  quotas: Record<string, Observed<Record<string, number>>>;
  alarms: Record<string, Observed<AlarmFacts[]>>;
  replication: Record<string, Observed<ReplicationRuleFacts[]>>;
  mail: Record<string, Observed<MailFacts | ResultsTopicFacts>>;
  /** When a drill or a move last ended well; null: never. */
  lastRehearsalAt: Observed<string | null>;
}
