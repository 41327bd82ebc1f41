import { beforeEach, describe, expect, it } from 'vitest';
import { driveOperation, type DriveParts } from '../../../infra/pipeline/drive-operation.js';
import { checkDeployment } from '../../../src/config/parse.js';
import { sampleDeployment } from '../../config/sample-deployment.js';
import type { Deployment } from '../../../src/config/schema.js';
import type { ControlItem, OperationLock } from '../../../src/core/control.js';
import type { OperationEvent, OperationResult, Plan, StepName } from '../../../src/core/operation.js';
import { OperatorError } from '../../../src/errors.js';
import { firstStartOf } from '../../../src/workflow/hand-over.js';

const [home, standby] = ['us-east-1', 'us-west-2'];
const invocationMs = 290_000;

/** Time that passes when somebody waits; whoever waits longest is woken last. */
function createTime() {
  let now = Date.parse('2026-11-21T06:00:00Z');
  let sleepers: { at: number; wake: () => void }[] = [];
  const settle = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });
  return {
    now: () => new Date(now),
    sleep: (milliseconds: number, signal?: AbortSignal) => new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const stop = (): void => { sleepers = sleepers.filter((each) => each !== sleeper); reject(signal!.reason as Error); };
      const sleeper = { at: now + milliseconds, wake: () => { signal?.removeEventListener('abort', stop); resolve(); } };
      sleepers.push(sleeper);
      signal?.addEventListener('abort', stop, { once: true });
    }),
    async runUntil<T>(work: Promise<T>): Promise<T> {
      let ended = false;
      work.then(() => { ended = true; }, () => { ended = true; });
      for (;;) {
        await settle();
        if (ended) return work;
        const next = sleepers.sort((a, b) => a.at - b.at).shift();
        if (!next) throw new Error('nobody waits, and it has not ended');
        now = Math.max(now, next.at);
        next.wake();
      }
    },
  };
}

let time: ReturnType<typeof createTime>;
let journal: OperationEvent[];
let lock: OperationLock | undefined;
let control: ControlItem;
/** Jobs that still run in the Region being left, and until when. */
let runningUntil: number;

beforeEach(() => {
  time = createTime();
  journal = [];
  lock = undefined;
  control = { epoch: 1, activeRegion: home!, phase: 'draining', drainingTo: standby!, operationId: 'op', changedAt: time.now().toISOString(), changedBy: 'test' };
  runningUntil = Number.POSITIVE_INFINITY;
});

function parts(): DriveParts {
  const startedAt = time.now().getTime();
  const jobs = () => (time.now().getTime() < runningUntil ? [{ jobId: 'job', status: 'RUNNING' }] : []);
  const ledger = {
    region: standby!,
    readJournal: async () => [...journal],
    appendEvent: async (_id: string, place: number, event: OperationEvent) => {
      if (journal[place] && JSON.stringify(journal[place]) !== JSON.stringify(event)) throw new OperatorError('JOURNAL_CONFLICT', 'somebody else wrote it');
      journal[place] = event;
    },
    putOperation: async () => {},
    readLock: async () => lock,
    acquireLock: async (wanted: OperationLock, now: string) => {
      if (lock && lock.operationId !== wanted.operationId && lock.leaseEndsAt > now) return { acquired: false, holder: lock };
      lock = wanted;
      return { acquired: true };
    },
    renewLock: async (_id: string, leaseEndsAt: string) => { if (lock) lock = { ...lock, leaseEndsAt }; return lock !== undefined; },
    releaseLock: async () => { lock = undefined; },
    readControl: async () => control,
    replaceControl: async (_expected: unknown, next: ControlItem) => { control = next; return true; },
    listOpenJobs: async () => jobs(),
    readJobs: async () => new Map(jobs().map((job) => [job.jobId, job])),
    listRefusedCommits: async () => [],
  };
  const step = (name: StepName, deadlineSeconds = 15) => ({ name, target: name, expectedSeconds: 1, deadlineSeconds, bestEffort: false, pointOfNoReturn: name === 'fence', withPrevious: false });
  const plan = { kind: 'failover', mode: 'graceful', deployment: 'test', from: home, to: standby, epochBefore: 1, epochAfter: 2, steps: [step('acquire-lock'), step('wait-for-running-jobs', 900), step('fence'), step('release-lock')], rpo: { keys: [] }, facts: {} } as unknown as Plan;
  if (journal.length === 0) journal = [{ type: 'operation-started', at: time.now().toISOString(), operationId: 'op', plan, operator: 'test' }, { type: 'operation-suspended', at: time.now().toISOString(), why: 'a beginning' }];
  return {
    deployment: (checkDeployment(sampleDeployment()) as { deployment: Deployment }).deployment,
    region: standby!,
    operator: 'automation',
    read: { clock: time, ledgers: { [standby!]: ledger } } as never,
    write: { ledgers: { [standby!]: ledger }, journal: null, trafficDials: { setDials: async () => {} } } as never,
    remainingMs: () => invocationMs - (time.now().getTime() - startedAt),
    telemetry: { info: () => {}, warn: () => {}, error: () => {}, count: () => {} },
  };
}
const invoke = (): Promise<'running' | OperationResult> => time.runUntil(driveOperation({ operationId: 'op', wish: { kind: 'failover', to: standby!, mode: 'graceful', consent: { yes: true } }, onDrainDeadline: 'undo' }, parts()));

describe('an operation that is longer than an invocation', () => {
  it('is handed over in order, and ended by a later invocation as one operation', async () => {
    runningUntil = time.now().getTime() + 500_000;
    expect(await invoke()).toBe('running');
    expect(journal.at(-1)).toMatchObject({ type: 'operation-suspended' });
    // Nothing was put back, and nobody can slip in between.
    expect(control).toMatchObject({ epoch: 1, phase: 'draining' });
    expect(lock!.leaseEndsAt > time.now().toISOString()).toBe(true);
    expect(await invoke()).toBe('running');
    expect(await invoke()).toMatchObject({ outcome: 'done', epoch: 2 });
    expect(control).toMatchObject({ epoch: 2, activeRegion: standby });
    expect(journal.filter((event) => event.type === 'operation-finished')).toHaveLength(1);
  });

  it('keeps one deadline over all invocations', async () => {
    const startedAt = time.now().getTime();
    let invocations = 0;
    for (;;) {
      invocations += 1;
      const ended = await invoke();
      if (ended === 'running') continue;
      expect(ended).toMatchObject({ outcome: 'refused', error: { code: 'DRAIN_DEADLINE' } });
      break;
    }
    expect(invocations).toBe(5);
    expect((time.now().getTime() - startedAt) / 1000).toBeGreaterThan(890);
    expect((time.now().getTime() - startedAt) / 1000).toBeLessThan(960);
    expect(control).toMatchObject({ epoch: 1, phase: 'active' });
  });

  it('gives the result again to whoever lost the answer, and does nothing twice', async () => {
    runningUntil = 0;
    const first = await invoke();
    const events = journal.length;
    expect(await invoke()).toEqual(first);
    expect(journal).toHaveLength(events);
  });

  it('waits while another invocation is at work, and takes over when that one\'s lease has lapsed', async () => {
    runningUntil = 0;
    parts();
    journal.pop();
    lock = { operationId: 'op', owner: 'the other invocation', kind: 'failover', acquiredAt: '', leaseEndsAt: new Date(time.now().getTime() + 30_000).toISOString() };
    const before = time.now().getTime();
    expect(await invoke()).toMatchObject({ outcome: 'done' });
    expect(time.now().getTime() - before).toBeGreaterThanOrEqual(30_000);
  });

  it('is resumed by hand with the whole time again', () => {
    const at = (second: number) => `2026-11-21T06:00:0${second}.000Z`;
    const step = { type: 'step-started', step: 'wait-for-running-jobs', target: '' } as const;
    const begun = { type: 'operation-started', operationId: 'op', plan: {} as Plan, operator: 'x' } as const;
    const handedOver: OperationEvent[] = [{ ...begun, at: at(0) }, { ...step, at: at(1) }, { type: 'operation-suspended', at: at(2), why: '' }, { ...begun, at: at(3) }, { ...step, at: at(4) }];
    expect(firstStartOf(handedOver, 'wait-for-running-jobs')).toBe(at(1));
    expect(firstStartOf([...handedOver, { ...begun, at: at(5) }, { ...step, at: at(6) }], 'wait-for-running-jobs')).toBe(at(6));
  });
});
