import { describe, expect, it } from 'vitest';
import type { OperationResult } from '../../src/core/operation.js';
import { jobDocument } from '../../src/ui/documents/job.js';
import type { Page } from '../../src/ui/output.js';
import { colourTheme, levelMark, plainTheme } from '../../src/ui/theme.js';
import { jobsView, jobView } from '../../src/ui/views/jobs.js';
import { operationEventLines } from '../../src/ui/views/operation-events.js';
import { operationResultLines } from '../../src/ui/views/operation-result.js';
import { recommendationLines } from '../../src/ui/views/recommendation.js';

const page: Page = { theme: plainTheme, columns: 120, now: new Date('2026-11-21T06:10:00Z') };
const job = jobDocument({
  jobId: 'f00d', key: 'input/a\u001b[31m.csv', versionId: 'v1', bytes: 1500, acceptedAt: '2026-11-21T06:00:00.000Z', acceptedBy: 'us-east-1', status: 'FAILED',
  presentIn: { 'us-west-2': 'x', 'us-east-1': 'x' }, epoch: 2, region: 'us-west-2', attempt: 3, notification: 'NONE',
  error: { code: 'WRONG_HEADER', message: 'the header is "x"', step: 'Split' },
});

describe('views', () => {
  it('list jobs, with unknowns as dashes and keys harmless', () => {
    expect(jobsView({ jobs: [job] }, page)).toEqual([
      'JOB   STATUS    KEY                  REGION       SIZE  ROWS  REJECTED  ACCEPTED',
      'f00d  ✖ FAILED  input/a\\x1b[31m.csv  us-west-2  1.5 kB     –         –  2026-11-21 06:00:00Z',
    ]);
    expect(jobsView({ jobs: [] }, page)).toEqual(['No jobs.']);
  });

  it('tell one job with its age, its claim, why it failed and what to type', () => {
    const lines = jobView({ ...job, partsDone: 2, executionArn: null, refusedCommits: [{ at: '2026-11-21T06:05:00Z', region: 'us-east-1', epoch: 1, attempt: 1 }] }, page);
    expect(lines).toEqual([
      '✖ FAILED  input/a\\x1b[31m.csv  f00d',
      '  accepted    2026-11-21 06:00:00Z (10 min ago)',
      '  input       1.5 kB, version v1, in us-east-1 and us-west-2',
      '  claimed by  us-west-2, epoch 2, attempt 3',
      '  parts       2 parts finished so far',
      '  error       WRONG_HEADER: the header is "x" (in Split)',
      '  refused     a late commit of us-east-1, epoch 1, attempt 1, at 2026-11-21T06:05:00Z: it changed nothing',
      '  → batchctl redrive f00d',
    ]);
  });

  it('name what a move would leave behind, or say that nobody could tell', () => {
    const recommendation = { action: 'failover' as const, to: 'us-west-2', verdict: 'GO_WITH_DATA_RISK' as const, reasons: ['two sources say so'], blockers: [], warnings: ['be quick'], rtoSeconds: { p50: 6, p95: 16 } };
    expect(recommendationLines({ ...recommendation, rpo: { objects: 7, bytes: 2_000_000, seconds: 90, keys: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] } }, page)).toEqual([
      'failover to us-west-2   ▲ GO WITH DATA RISK',
      '  two sources say so',
      '  ▲ warning: be quick',
      '  would be left behind  7 inputs, 2.0 MB, the oldest accepted 1 min 30 s ago',
      '    a', '    b', '    c', '    d', '    e',
      '    and 2 more (all of them with -o json)',
      '  expected time  6 s, at most about 16 s',
    ]);
    expect(recommendationLines({ ...recommendation, rpo: { objects: null, bytes: null, seconds: null, keys: [] } }, page).join('\n')).toContain('unknown: nobody could tell');
  });

  it('tell an operation step by step and at its end', () => {
    expect(operationEventLines({ type: 'step-finished', at: 'x', step: 're-drive', state: 'done', seconds: 2, detail: { redriven: ['a', 'b', 'c', 'd'], partsKept: 7 } }, plainTheme)).toEqual(['✔ done  re-drive  2 s  redriven 4, parts kept 7']);
    const result = {
      kind: 'failover', mode: 'ungraceful', from: 'us-east-1', to: 'us-west-2', epoch: 2, operationId: 'op', outcome: 'done_with_exceptions', rtoSeconds: 12, rpo: { objects: 1 },
      steps: [{ name: 'stop-old-executions', state: 'warned', detail: { why: 'no answer' } }], redriven: [{ partsKept: 3 }], alreadyDone: [{}], adopted: [], failed: [],
      parked: [{ key: 'input/lost.csv', why: 'its input is not in us-west-2' }], nextSteps: ['batchctl jobs --state PARKED'],
    } as unknown as OperationResult;
    expect(operationResultLines(result, page)).toEqual([
      '',
      '▲ done, with exceptions  failover us-east-1 → us-west-2  ungraceful, epoch 2  op',
      '  ▲ warned  stop-old-executions  why no answer',
      '  jobs  1 re-driven (3 finished parts kept), 1 already done, 0 adopted, 1 parked, 0 failed',
      '    input/lost.csv  its input is not in us-west-2',
      '  RTO   12 s   RPO  1 input',
      '  → batchctl jobs --state PARKED',
    ]);
  });

  it('never lean on colour alone', () => {
    for (const level of ['ok', 'warn', 'bad', 'unknown'] as const) {
      expect(levelMark(level, plainTheme)).toContain(level);
      expect(levelMark(level, colourTheme)).toContain('\u001b[');
    }
  });
});
