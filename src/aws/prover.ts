import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Deployment } from '../config/schema.js';
import { jobIdOf } from '../core/job.js';
import { prefixes } from '../core/layout.js';
import { syntheticFile } from '../core/record.js';
import type { LedgerReader, LedgerWriter } from '../workflow/ledger-ports.js';
import type { Clock, ExecutionsWriter, Prover } from '../workflow/ports.js';
import type { ClientFactory } from './clients.js';
import { withDeadline } from './deadline.js';

export interface ProverParts {
  clients: ClientFactory;
  clock: Clock;
  ledgers: Record<string, LedgerReader & LedgerWriter>;
  executions: Record<string, ExecutionsWriter>;
}

/**
 * Puts a synthetic file under the canary prefix of the Region's own bucket and runs it through the real state machine,
 * claim and commit included. Canary rows are no work: the ledger indexes them nowhere and sends no e-mail for them.
 */
export function createProver(deployment: Deployment, { clients, clock, ledgers, executions }: ProverParts): Prover {
  return {
    async prove(region, epoch, options) {
      const startedAt = clock.now();
      const secondsSince = (): number => (clock.now().getTime() - startedAt.getTime()) / 1000;
      const ledger = ledgers[region];
      const machine = executions[region];
      const bucket = deployment.regions[region]?.bucket;
      if (!ledger || !machine || !bucket) throw new Error(`the deployment has no Region ${region}`);
      const key = `${prefixes.canary}prove-${epoch}-${startedAt.getTime()}.csv`;
      const put = await withDeadline(clock, { ...options, timeoutMs: 10_000 }, 10_000, (signal) => clients.s3(region).send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: syntheticFile, ContentType: 'text/csv' }), { abortSignal: signal }));
      const versionId = put.VersionId ?? '';
      const jobId = jobIdOf(key, versionId);
      const at = startedAt.toISOString();
      await ledger.acceptJob({ jobId, key, versionId, bytes: syntheticFile.length, acceptedAt: at, acceptedBy: region, presentIn: { [region]: at } }, options);
      const claimed = await ledger.claimJob(jobId, { epoch, region, at }, options);
      if (claimed.kind !== 'claimed') return { ok: false, seconds: secondsSince(), detail: `the synthetic job could not be claimed (${claimed.kind})` };
      const { executionArn } = await machine.start({ jobId, key, versionId, bytes: syntheticFile.length, ...claimed.claim }, options);
      await ledger.recordExecution(jobId, claimed.claim, executionArn, options);
      const limitMs = options?.timeoutMs ?? 60_000;
      for (;;) {
        const job = await ledger.readJob(jobId, { ...(options?.signal ? { signal: options.signal } : {}) });
        if (job?.status === 'SUCCEEDED') return { ok: true, seconds: secondsSince(), detail: `synthetic job ${jobId} succeeded` };
        if (job?.status === 'FAILED') return { ok: false, seconds: secondsSince(), detail: `synthetic job ${jobId} failed: ${job.error?.message ?? 'no reason given'}` };
        if (secondsSince() * 1000 > limitMs) return { ok: false, seconds: secondsSince(), detail: `synthetic job ${jobId} had not finished after ${limitMs / 1000} s` };
        await clock.sleep(250, options?.signal);
      }
    },
  };
}
