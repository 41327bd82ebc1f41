import http from 'node:http';
import { readFacts } from './host/facts-file.js';
import { lockHolder } from './host/lock.js';
import { loopbackAddress } from './host/loopback.js';
import type { Destroyed, Upgraded } from './host/deployments.js';
import type { FaultRequest, FaultsState, LogLine, OutboxEmail, SandboxFacts, SandboxStatus, UnmodelledEntry } from './host/protocol.js';

/** No sandbox answers for the folder. */
export class SandboxNotRunningError extends Error {
  constructor(readonly dir: string, why: string) {
    super(`no sandbox is running in ${dir} (${why}); start one with \`batchctl sandbox start\``);
    this.name = 'SandboxNotRunningError';
  }
}

/** The sandbox refused a request; its message says why. */
export class SandboxRequestError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
    this.name = 'SandboxRequestError';
  }
}

export interface SandboxClient {
  readonly facts: SandboxFacts;
  status(): Promise<SandboxStatus>;
  /** Returns all faults that stand then; the listeners follow before it returns. */
  setFault(fault: FaultRequest): Promise<FaultsState>;
  listFaults(): Promise<FaultsState>;
  clearFaults(): Promise<FaultsState>;
  outbox(): Promise<OutboxEmail[]>;
  unmodelled(): Promise<UnmodelledEntry[]>;
  /** As `cdk deploy --outputs-file` writes them. */
  outputs(): Promise<Record<string, Record<string, string>>>;
  logs(lines?: number, source?: string): Promise<LogLine[]>;
  /** Deploys what `cdk synth` wrote in `assembly` while everything runs. */
  upgrade(assembly: string): Promise<Upgraded>;
  /** Deletes all stacks, as `cdk destroy --all` does. */
  destroy(): Promise<Destroyed>;
  /** Writes the state to disk now. */
  snapshot(): Promise<void>;
  /** Resolves when the host process is gone. */
  stop(): Promise<void>;
}

const timeoutMs = 10_000;
const stopTimeoutMs = 20_000;
/** A deployment runs the templates' own functions, on a machine that does other things too. */
const deploymentTimeoutMs = 600_000;

/** Finds the running sandbox of a folder. Throws SandboxNotRunningError. */
export async function connectSandbox(dir: string): Promise<SandboxClient> {
  const facts = await readFacts(dir);
  if (!facts) throw new SandboxNotRunningError(dir, 'there is no sandbox.json');
  const holder = await lockHolder(dir);
  if (holder === undefined) throw new SandboxNotRunningError(dir, `its process ${facts.pid} has ended`);
  if (holder !== facts.pid) throw new SandboxNotRunningError(dir, `process ${holder} is still starting it`);
  const request = <Answer>(method: string, pathAndQuery: string, body?: unknown): Promise<Answer> => ask<Answer>(dir, facts, method, pathAndQuery, body);
  return {
    facts,
    status: () => request('GET', '/status'),
    setFault: (fault) => request('POST', '/faults', fault),
    listFaults: () => request('GET', '/faults'),
    clearFaults: () => request('DELETE', '/faults'),
    outbox: () => request('GET', '/outbox'),
    unmodelled: () => request('GET', '/unmodelled'),
    outputs: () => request('GET', '/outputs'),
    logs: (lines = 200, source) => request('GET', `/logs?lines=${lines}${source === undefined ? '' : `&source=${encodeURIComponent(source)}`}`),
    upgrade: (assembly) => ask<Upgraded>(dir, facts, 'POST', '/deployments', { assembly }, deploymentTimeoutMs),
    destroy: () => ask<Destroyed>(dir, facts, 'DELETE', '/deployments', undefined, deploymentTimeoutMs),
    snapshot: async () => { await request('POST', '/snapshot'); },
    stop: async () => {
      await request('POST', '/stop');
      await untilGone(dir);
    },
  };
}

async function untilGone(dir: string): Promise<void> {
  const deadline = Date.now() + stopTimeoutMs;
  while (await lockHolder(dir) !== undefined) {
    if (Date.now() > deadline) throw new SandboxRequestError(504, `the sandbox in ${dir} did not stop within ${stopTimeoutMs / 1000} seconds`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function ask<Answer>(dir: string, facts: SandboxFacts, method: string, pathAndQuery: string, body: unknown, answerWithinMs = timeoutMs): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const outgoing = http.request({
      host: loopbackAddress(), port: facts.admin.port, method, path: pathAndQuery, timeout: answerWithinMs, agent: false,
      headers: { authorization: `Bearer ${facts.admin.token}`, ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }) },
    }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        try {
          const answer = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Answer & { error?: string };
          if (incoming.statusCode === 200) resolve(answer);
          else reject(new SandboxRequestError(incoming.statusCode ?? 500, answer.error ?? 'the sandbox refused the request'));
        } catch (error) {
          reject(new SandboxRequestError(incoming.statusCode ?? 500, `the sandbox answered what is not JSON: ${(error as Error).message}`));
        }
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new SandboxRequestError(504, `the sandbox in ${dir} did not answer within ${answerWithinMs / 1000} seconds`)));
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ECONNREFUSED' ? new SandboxNotRunningError(dir, 'nothing listens on its admin port') : error);
    });
    outgoing.end(text);
  });
}
