import { describe, expect, it } from 'vitest';
import type { Aftermath } from '../../src/core/aftermath.js';
import { assess } from '../../src/core/assess.js';
import { firstBadMinute } from '../../src/core/evidence.js';
import { known, unknown } from '../../src/core/observation.js';
import { resultOf, foldOperation } from '../../src/core/operation-fold.js';
import type { OperationEvent, Plan } from '../../src/core/operation.js';
import { planMove } from '../../src/core/plan.js';
import { reportOf, type OperationReport } from '../../src/core/report.js';
import { phasesOf } from '../../src/core/report-phases.js';
import { east, healthy, job, minutes, now, policy, probes, secondsAgo, seen, unseen, west } from './situation.js';

describe('the first bad minute', () => {
  const cases: [string, string, number | null][] = [
    ['none', '.....', null],
    ['the last', '....x', 1],
    ['a bad run', '..xxx', 3],
    ['a good minute inside an episode does not end it', '.x.xx', 4],
    ['two neither', 'x..x', 4],
    ['three good minutes do', 'x...x', 1],
    ['an episode that is over', 'xx...', null],
    ['no record', '', null],
  ];
  it.each(cases)('%s (%s)', (_name, pattern, minutesAgo) => {
    expect(firstBadMinute(minutes(pattern))).toBe(minutesAgo === null ? null : secondsAgo(minutesAgo * 60));
  });
});

const at = (seconds: number): string => new Date(Date.parse(now) + seconds * 1000).toISOString();

/** East has been bad for four minutes; one job can be re-driven and one input never arrived. */
function lossOfEast(): Plan {
  const snapshot = healthy();
  const kept = job('kept');
  const lost = job('lost', { presentIn: { [east]: secondsAgo(30) } });
  snapshot.probes[east] = { fromOperator: probes('operator', 'unreachable'), fromOtherRegion: seen(probes(west, 'unreachable'), west), history: seen(minutes('..........xxxx'), west) };
  snapshot.work = seen({ open: [kept, lost], failed: [], unsettledNotifications: [], presence: { [west]: { lost: seen(false) } } }, 'ledger');
  const planned = planMove(snapshot, assess(snapshot, policy, { to: west, mode: 'ungraceful' }), { kind: 'failover', to: west, mode: 'ungraceful', policy });
  if (planned.kind !== 'plan') throw new Error(planned.kind);
  return planned.plan;
}

const reference = (id: string) => ({ jobId: id, key: `input/${id}.csv`, versionId: `v-${id}` });

function eventsOf(plan: Plan, until: 'started' | 'moved' | 'proven' | 'ended' = 'ended'): OperationEvent[] {
  const events: OperationEvent[] = [
    { type: 'operation-started', at: at(20), operationId: '20261121T060020Z-abc', plan, operator: 'kim@laptop (process 7)', reason: 'east is gone' },
    { type: 'step-started', at: at(21), step: 'fence', target: 'epoch 2' },
    { type: 'step-finished', at: at(22), step: 'fence', state: 'done', seconds: 1, detail: {} },
  ];
  if (until === 'started') return events;
  events.push(
    { type: 'step-started', at: at(22), step: 're-drive', target: 'all' },
    { type: 'step-finished', at: at(30), step: 're-drive', state: 'done', seconds: 8, detail: { redriven: [{ ...reference('kept'), partsKept: 4, executionArn: 'arn' }], parked: [{ ...reference('lost'), why: 'its input is not in us-west-2' }], failed: [], alreadyDone: [] } },
  );
  if (until === 'moved') return events;
  events.push({ type: 'step-started', at: at(30), step: 'prove', target: 'works' }, { type: 'step-finished', at: at(45), step: 'prove', state: 'done', seconds: 15, detail: {} });
  if (until === 'proven') return events;
  const view = foldOperation(events);
  if (!view) throw new Error('no view');
  events.push({ type: 'operation-finished', at: at(46), operationId: view.operationId, outcome: 'done_with_exceptions', result: resultOf(view, { outcome: 'done_with_exceptions', at: at(46), epoch: 2, nextSteps: [], refusedCommits: [] }) });
  return events;
}

const aftermath: Aftermath = {
  observedAt: at(3600),
  jobs: known([job('kept', { status: 'SUCCEEDED', finishedAt: at(50), partsKept: 4 }), job('lost', { status: 'PARKED' })], at(3600), 'ledger'),
  refusedCommits: known([
    { jobId: 'kept', key: 'input/kept.csv', at: at(300), attempted: { epoch: 1, region: east, attempt: 1 }, holder: { epoch: 2, status: 'SUCCEEDED' }, orphanOutputKey: 'output/kept/e1-a1/kept.csv' },
    { jobId: 'later', key: 'input/later.csv', at: at(3000), attempted: { epoch: 2, region: west, attempt: 1 }, holder: { epoch: 3, status: 'SUCCEEDED' } },
  ], at(3600), 'ledger'),
  zombies: { [east]: known([{ name: 'x-e1-a1', executionArn: 'arn', epoch: 1 }], at(3600), east), [west]: known([], at(3600), west) },
  missing: known([{ key: 'input/lost.csv', versionId: 'v-lost', bytes: 1000, lastModified: secondsAgo(30), kind: 'input', replication: 'PENDING', jobStatus: 'PARKED' }], at(3600), east),
};

function reported(events: OperationEvent[], changed: Partial<Aftermath> = {}): OperationReport {
  const report = reportOf({ events, aftermath: { ...aftermath, ...changed }, policy });
  if (!report) throw new Error('no report');
  return report;
}

describe('the report of a failover', () => {
  const report = reported(eventsOf(lossOfEast()));

  it('splits the time to recover into its phases', () => {
    expect(report.phases.map(({ name, seconds }) => [name, seconds])).toEqual([['detect', 240], ['decide', 20], ['move', 10], ['verify', 15]]);
    expect(report.rto).toMatchObject({ seconds: 25, targetSeconds: 300, met: true, sinceFirstSignSeconds: 285 });
  });

  it('says who, from where and why', () => {
    expect(report).toMatchObject({ operator: 'kim@laptop (process 7)', host: 'laptop', reason: 'east is gone', outcome: 'done_with_exceptions' });
  });

  it('names what was left behind, and holds it against the target', () => {
    expect(report.rpo).toMatchObject({ objects: 1, keys: ['input/lost.csv'], targetObjects: 0, met: false });
    expect(report.jobs.parked).toEqual([{ ...reference('lost'), statusNow: 'PARKED', finishedAt: null, why: 'its input is not in us-west-2', partsKept: null }]);
    expect(report.jobs.redriven).toMatchObject([{ key: 'input/kept.csv', statusNow: 'SUCCEEDED', partsKept: 4 }]);
    expect(report.jobs.partsKept).toBe(4);
  });

  it('keeps the evidence that the decision was made on', () => {
    expect(report.evidence?.regions[east]?.health).toBe('impaired');
    expect(report.evidence?.regions[east]?.signals.filter((signal) => signal.level === 'bad').length).toBeGreaterThan(2);
  });

  it('counts only refusals of the epoch that was left', () => {
    expect(report.refusedCommits).toMatchObject({ known: true, value: [{ key: 'input/kept.csv', epoch: 1, orphanOutputKey: 'output/kept/e1-a1/kept.csv' }] });
  });

  it('tells it in order, from the first bad minute to the last job', () => {
    expect(report.timeline[0]).toMatchObject({ at: secondsAgo(240), offsetSeconds: -260, level: 'bad' });
    const times = report.timeline.map((moment) => Date.parse(moment.at));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(report.timeline.some((moment) => moment.what.includes('the last of 1 re-driven jobs has finished'))).toBe(true);
  });
});

describe('what is not known is not made up', () => {
  it('an operation without an end has no time to recover', () => {
    const report = reported(eventsOf(lossOfEast(), 'moved'));
    expect(report.outcome).toBe('unfinished');
    expect(report.rto).toMatchObject({ seconds: null, met: null });
    expect(report.phases.map((phase) => phase.seconds)).toEqual([240, 20, 10, null]);
    expect(report.jobs.redriven).toHaveLength(1);
  });

  it('a lost Region leaves the aftermath unknown', () => {
    const dark = unseen('unreachable', east);
    const report = reported(eventsOf(lossOfEast()), { missing: dark, zombies: { [east]: dark }, refusedCommits: dark, jobs: dark });
    expect(report.missing).toEqual(unknown('unreachable', now, east));
    expect(report.zombies[east]?.known).toBe(false);
    expect(report.jobs.redriven[0]?.statusNow).toBeNull();
  });

  it('a planned move has nothing to detect', () => {
    const plan: Plan = { ...lossOfEast(), mode: 'graceful' };
    expect(reported(eventsOf(plan)).phases[0]).toMatchObject({ name: 'detect', from: null, seconds: null });
  });

  it('a journal from before evidence was kept is still reported', () => {
    const { evidence: _evidence, ...plan } = lossOfEast();
    expect(reported(eventsOf(plan))).toMatchObject({ evidence: null, milestones: { firstSignAt: null }, rto: { seconds: 25, sinceFirstSignSeconds: null } });
  });

  it('no events are no report', () => {
    expect(reportOf({ events: [], aftermath, policy })).toBeUndefined();
  });
});

it('a resumed operation counts from its first start to the proof that it got', () => {
  const plan = lossOfEast();
  const resumed: OperationEvent = { type: 'operation-started', at: at(600), operationId: '20261121T060020Z-abc', plan, operator: 'sam@desk (process 9)', resumed: true };
  const later = eventsOf(plan, 'proven').slice(3).map((event) => ({ ...event, at: new Date(Date.parse(event.at) + 580_000).toISOString() }) as OperationEvent);
  const report = reported([...eventsOf(plan, 'started'), resumed, ...later]);
  expect(report.resumedBy).toEqual([{ at: at(600), operator: 'sam@desk (process 9)' }]);
  expect(report.rto.seconds).toBe(605);
});

it('clocks that disagree give no negative phase', () => {
  expect(phasesOf({ firstSignAt: at(10), plannedAt: at(0), confirmedAt: at(0), movedAt: at(5), provedAt: at(4) }).map((phase) => phase.seconds)).toEqual([0, 0, 5, 0]);
});
