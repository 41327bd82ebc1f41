import { known } from '../../../src/core/observation.js';
import { phasesOf, type Milestones } from '../../../src/core/report-phases.js';
import type { OperationReport } from '../../../src/core/report.js';

const at = (seconds: number): string => new Date(Date.parse('2026-11-21T06:00:00.000Z') + seconds * 1000).toISOString();

/** A failover that left one input behind; `key` is that input's, `reason` the operator's. */
export function sampleReport({ key, reason }: { key: string; reason: string }): OperationReport {
  const milestones: Milestones = { firstSignAt: at(-240), plannedAt: at(0), confirmedAt: at(20), movedAt: at(30), provedAt: at(45) };
  const step = (name: string, offsetSeconds: number, seconds: number, pointOfNoReturn = false): OperationReport['steps'][number] => ({ name, target: `${name} holds`, state: 'done', startedAt: at(20 + offsetSeconds), offsetSeconds, seconds, expectedSeconds: 3, pointOfNoReturn, why: null });
  return {
    operationId: '20261121T060020Z-abc', deployment: 'orders', kind: 'failover', mode: 'ungraceful', from: 'us-east-1', to: 'us-west-2', epochBefore: 1, epochAfter: 2, outcome: 'done_with_exceptions',
    operator: 'kim@laptop (process 7)', host: 'laptop', reason, resumedBy: [], startedAt: at(20), finishedAt: at(46),
    milestones, phases: phasesOf(milestones),
    rto: { seconds: 25, targetSeconds: 300, met: true, sinceFirstSignSeconds: 285, split: { awsSeconds: 15, ownSeconds: 10, waits: [{ name: 'the pipeline: a synthetic job runs', seconds: 15 }] } },
    rpo: { objects: 1, bytes: 1000, seconds: 30, keys: [key], targetObjects: 0, met: false },
    recommendation: { action: 'failover', to: 'us-west-2', verdict: 'GO_WITH_DATA_RISK', reasons: [`an input is missing: ${key}`], blockers: [], warnings: [], acknowledge: [], rpo: { objects: 1, bytes: 1000, seconds: 30, keys: [key] }, rtoSeconds: { p50: 6, p95: 16 } },
    evidence: {
      observedAt: at(0), drift: [], badSince: { 'us-east-1': at(-240) },
      regions: { 'us-east-1': { role: 'active', health: 'impaired', signals: [{ name: 'probe.s3', kind: 'probe', level: 'bad', value: 3000, unit: 'ms', seenFrom: 'operator', ageSeconds: 1, why: `no answer | ${key}` }] } },
    },
    steps: [step('fence', 1, 1, true), step('re-drive', 2, 8), step('prove', 10, 15)],
    timeline: [{ at: at(20), offsetSeconds: 0, level: 'info', what: 'confirmed' }],
    jobs: {
      redriven: [{ jobId: 'kept', key: 'input/kept.csv', versionId: 'v1', statusNow: 'SUCCEEDED', finishedAt: at(50), why: null, partsKept: 4 }],
      parked: [{ jobId: 'lost', key, versionId: 'v2', statusNow: 'PARKED', finishedAt: null, why: 'its input is not in us-west-2', partsKept: null }],
      failed: [], alreadyDone: [], adopted: [], partsKept: 4,
    },
    refusedCommits: known([{ jobId: 'lost', key, at: at(300), region: 'us-east-1', epoch: 1, orphanOutputKey: null }], at(3600), 'ledger'),
    zombies: { 'us-east-1': known([{ name: 'lost-e1-a1', epoch: 1 }], at(3600), 'us-east-1') },
    missing: known([{ key, versionId: 'v2', bytes: 1000, lastModified: at(-30), kind: 'input', replication: 'PENDING', jobStatus: 'PARKED' }], at(3600), 'us-east-1'),
    error: null, nextSteps: ['batchctl jobs --state PARKED'], aftermathAt: at(3600),
  };
}
