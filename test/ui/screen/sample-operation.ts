import { applyEvent, foldOperation, resultOf, type OperationView } from '../../../src/core/operation-fold.js';
import type { OperationEvent, Plan, PlannedStep } from '../../../src/core/operation.js';
import { east, now, west } from '../../core/situation.js';
import { darkLook, nowMs } from './sample-looks.js';

/** Written out, so that these frames stay as they are when the planner learns something. */
export function samplePlan(): Plan {
  const step = (name: PlannedStep['name'], target: string, expectedSeconds: number, more: Partial<PlannedStep> = {}): PlannedStep => (
    { name, target, expectedSeconds, deadlineSeconds: 30, bestEffort: false, pointOfNoReturn: false, withPrevious: false, ...more });
  const { recommendation } = darkLook().assessment;
  return {
    schemaVersion: 1, kind: 'failover', mode: 'ungraceful', deployment: 'orders', from: east, to: west, epochBefore: 1, epochAfter: 2, madeAt: now,
    steps: [
      step('acquire-lock', 'this operation alone may move the pipeline', 1),
      step('verify-preconditions', 'the facts that this plan rests on still hold', 3),
      step('fence', `the ledger says epoch 2, active Region ${west}`, 1, { pointOfNoReturn: true }),
      step('stop-old-executions', `no execution of an older epoch runs in ${east}`, 3, { bestEffort: true }),
      step('flip-routing-controls', `ARC says ${west} On, ${east} Off, on at least two endpoints`, 5, { withPrevious: true }),
      step('flip-traffic-dials', `traffic dials ask for ${west} 100, ${east} 0`, 2, { withPrevious: true }),
      step('re-drive', `every open job whose input is in ${west} runs there`, 1, { withPrevious: true }),
      step('adopt-unknown-inputs', `no input in ${west} is without a row in the ledger`, 2, { bestEffort: true }),
      step('settle-notifications', 'no e-mail is left half sent without saying so', 1, { bestEffort: true }),
      step('prove', `a synthetic job succeeds in ${west}`, 5),
      step('verify-traffic-dials', `the access point reports ${west} 100, ${east} 0`, 5, { bestEffort: true }),
      step('release-lock', 'the next operation may begin', 1),
    ],
    redrive: ['orders-0501', 'orders-0502', 'orders-0503'],
    park: ['orders-0504', 'orders-0505'].map((id) => ({ jobId: id, key: `input/${id}.csv`, versionId: `v-${id}`, why: `its input is not in ${west}` })),
    rpo: recommendation.rpo, recommendation, warnings: [], fingerprint: 'sample', facts: {},
  };
}

const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString();

/** A failover as it happens: two seconds of looking, the fence, then three steps side by side. */
export function sampleEvents(plan: Plan = samplePlan()): OperationEvent[] {
  const target = (name: string): string => plan.steps.find((step) => step.name === name)?.target ?? '';
  return [
    { type: 'operation-started', at: at(0), operationId: '20261121T060000Z-5eed03', plan, operator: 'ops@console (process 9)' },
    { type: 'step-started', at: at(0), step: 'acquire-lock', target: target('acquire-lock') },
    { type: 'step-finished', at: at(0.2), step: 'acquire-lock', state: 'done', seconds: 0.2, detail: {} },
    { type: 'step-started', at: at(0.2), step: 'verify-preconditions', target: target('verify-preconditions') },
    { type: 'step-finished', at: at(3.4), step: 'verify-preconditions', state: 'done', seconds: 3.2, detail: {} },
    { type: 'step-started', at: at(3.4), step: 'fence', target: target('fence') },
    { type: 'step-finished', at: at(3.9), step: 'fence', state: 'done', seconds: 0.5, detail: { epoch: 2 } },
    { type: 'step-started', at: at(4), step: 'stop-old-executions', target: target('stop-old-executions') },
    { type: 'step-started', at: at(4), step: 'flip-routing-controls', target: target('flip-routing-controls') },
    { type: 'step-started', at: at(4), step: 'flip-traffic-dials', target: target('flip-traffic-dials') },
    { type: 'step-started', at: at(4), step: 're-drive', target: target('re-drive') },
    { type: 'step-finished', at: at(5), step: 'flip-traffic-dials', state: 'done', seconds: 1, detail: {} },
    { type: 'step-progress', at: at(6), step: 'flip-routing-controls', message: '1 of 5 endpoints say so' },
    { type: 'step-progress', at: at(8), step: 're-drive', message: '2 of 5 open jobs looked after', done: 2, total: 5 },
    { type: 'note', at: at(8), level: 'warn', message: 'us-east-1 did not answer: its executions were not stopped; the fence refuses what they commit' },
    { type: 'step-finished', at: at(14), step: 'stop-old-executions', state: 'warned', seconds: 10, detail: { why: 'timed out (no answer within 10 s)' } },
  ];
}

/** The rest of it, to the proof and the end. */
export function sampleEnd(plan: Plan = samplePlan()): OperationEvent[] {
  const reference = (id: string): { jobId: string; key: string; versionId: string } => ({ jobId: id, key: `input/${id}.csv`, versionId: `v-${id}` });
  const events: OperationEvent[] = [
    { type: 'step-finished', at: at(15), step: 'flip-routing-controls', state: 'done', seconds: 11, detail: {} },
    { type: 'step-finished', at: at(15), step: 're-drive', state: 'done', seconds: 11, detail: { redriven: [reference('orders-0501'), reference('orders-0502'), reference('orders-0503')], parked: [reference('orders-0504'), reference('orders-0505')], failed: [], alreadyDone: [] } },
    ...(['adopt-unknown-inputs', 'settle-notifications'] as const).map((step): OperationEvent => ({ type: 'step-finished', at: at(16), step, state: 'done', seconds: 0.5, detail: {} })),
    { type: 'step-started', at: at(17), step: 'prove', target: `a synthetic job succeeds in ${west}` },
    { type: 'step-finished', at: at(20), step: 'prove', state: 'done', seconds: 3, detail: {} },
    { type: 'step-finished', at: at(21), step: 'verify-traffic-dials', state: 'done', seconds: 1, detail: {} },
    { type: 'step-finished', at: at(21.2), step: 'release-lock', state: 'done', seconds: 0.2, detail: {} },
  ];
  const view = foldOperation([...sampleEvents(plan), ...events]) as OperationView;
  const result = resultOf(view, { outcome: 'done_with_exceptions', at: at(21.2), epoch: 2, nextSteps: [], refusedCommits: [] });
  return [...events, { type: 'operation-finished', at: at(21.2), operationId: view.operationId, outcome: result.outcome, result }];
}

export function viewAfter(events: OperationEvent[]): OperationView {
  return events.reduce<OperationView | undefined>(applyEvent, undefined) as OperationView;
}
