/** What the tests read of the documents that `-o json` prints. */
export interface JobDocument {
  jobId: string;
  key: string;
  status: string;
  region: string | null;
  epoch: number | null;
  attempt: number | null;
  finishedAt: string | null;
  presentIn: string[];
  rows: { in: number; out: number; rejected: number } | null;
  parts: number | null;
  partsKept: number | null;
  outputKey: string | null;
  notification: string;
  error: { code: string; message: string } | null;
}

export interface OneJobDocument extends JobDocument {
  refusedCommits: { at: string; region: string; epoch: number; attempt: number }[];
}

export interface MoveDocument {
  outcome: string;
  epoch: number;
  from: string;
  to: string;
  mode: string;
  steps: { name: string; state: string; detail: Record<string, unknown> }[];
  redriven: { jobId: string; partsKept: number }[];
  parked: { jobId: string }[];
  failed: { jobId: string }[];
  alreadyDone: { jobId: string }[];
  rtoSeconds: number | null;
  rpo: { objects: number | null; keys: string[] };
  error: { step: string; code: string; message: string } | null;
  nextSteps: string[];
}

export interface StatusDocument {
  routing: { epoch: number; phase: string; activeRegion: string; arc: Record<string, unknown>; mrap: Record<string, number>; drift: string[] };
  operation: { operationId: string; kind: string } | null;
  regions: Record<string, { health: string; signals: unknown[] }>;
  jobs: Record<string, number | null>;
  recommendation: { action: string; verdict: string; to: string | null };
}

export interface SandboxDocument {
  outbox: { via: string; topicArn?: string; to: string[]; region: string; subject: string; text?: string; raw?: string }[];
}

export interface ErrorDocument {
  error: { code: string; message: string; nextSteps: string[] };
}
