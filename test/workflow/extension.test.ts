import { beforeEach, describe, expect, it } from 'vitest';
import { extensionPointSchema } from '../../src/config/schema.js';
import { extensionSteps } from '../../src/core/extension-steps.js';
import type { ControlItem } from '../../src/core/control.js';
import type { OperationEvent, OperationResult, Plan, PlannedStep, StepName } from '../../src/core/operation.js';
import type { DocumentRun, Extensions, WritePorts } from '../../src/workflow/ports.js';
import { runOperation } from '../../src/workflow/runner.js';

const [home, standby] = ['us-east-1', 'us-west-2'];
const lost = (): Error => Object.assign(new Error('no answer within 5 s'), { name: 'DeadlineExceeded' });

let now: number;
let control: ControlItem;
let events: OperationEvent[];

/** Systems Manager as far as these steps see it: a token names one execution for good. */
interface Fake extends Extensions {
  executions: Map<string, DocumentRun & { region: string; parameters: Record<string, string> }>;
  calls: { region: string; name: string; input: Record<string, unknown> }[];
  /** How many answers get lost after they took effect. */
  losing: number;
  outcomes: ('succeeded' | 'failed' | 'running')[];
}
let fake: Fake;

beforeEach(() => {
  now = Date.parse('2026-11-21T06:00:00Z');
  control = { epoch: 1, activeRegion: home!, phase: 'draining', drainingTo: standby!, operationId: 'op', changedAt: '', changedBy: '' };
  events = [];
  const maybeLose = (): void => { if (fake.losing > 0) { fake.losing -= 1; throw lost(); } };
  fake = {
    executions: new Map(), calls: [], losing: 0, outcomes: [],
    async startDocument(region, _document, parameters, token) {
      if (!fake.executions.has(token)) {
        const status = fake.outcomes.shift() ?? 'succeeded';
        fake.executions.set(token, { region, parameters, status, ...(status === 'running' ? {} : { endedAt: new Date(now + 1).toISOString() }), ...(status === 'failed' ? { why: 'the cluster is not there' } : {}) });
      }
      maybeLose();
      return token;
    },
    async readDocument(_region, execution) { maybeLose(); return fake.executions.get(execution)!; },
    async callFunction(region, name, input) {
      fake.calls.push({ region, name, input });
      maybeLose();
      return (fake.outcomes.shift() ?? 'succeeded') === 'succeeded' ? { ok: true } : { ok: false, why: 'TypeError: x is not a function' };
    },
  };
});

async function run(point: Record<string, unknown>, earlier: OperationEvent[] = []): Promise<OperationResult> {
  const clock = {
    now: () => new Date(now),
    sleep: async (milliseconds: number, signal?: AbortSignal) => {
      if (milliseconds === 20_000) return new Promise<never>((_, reject) => { signal?.addEventListener('abort', () => reject(signal.reason as Error)); });
      now += milliseconds;
    },
  };
  const step = (name: StepName, pointOfNoReturn = false): PlannedStep => ({ name, target: name, expectedSeconds: 1, deadlineSeconds: 15, bestEffort: false, pointOfNoReturn, withPrevious: false });
  const extensionPoints = [extensionPointSchema.parse({ name: 'own', when: 'before', ...point })];
  const move = { kind: 'failover' as const, from: home!, to: standby!, extensionPoints };
  const steps = [step('acquire-lock'), ...extensionSteps(move, 'before'), step('fence', true), ...extensionSteps(move, 'after'), step('release-lock')];
  const plan = { kind: 'failover', mode: 'graceful', deployment: 'd', from: home, to: standby, epochBefore: 1, epochAfter: 2, steps, rpo: { keys: [] } } as unknown as Plan;
  const ledger = {
    region: standby!, acquireLock: async () => ({ acquired: true }), renewLock: async () => true, releaseLock: async () => {},
    readControl: async () => control, replaceControl: async (_: unknown, next: ControlItem) => { control = next; return true; },
    appendEvent: async () => {}, putOperation: async () => {}, listRefusedCommits: async () => [],
  };
  events = [...earlier];
  return runOperation({
    operationId: 'op', plan, target: { name: 'd', home: home!, other: standby! }, policy: { lockLeaseSeconds: 60 } as never, earlier,
    read: { clock } as never, write: { ledgers: { [standby!]: ledger }, journal: null, extensions: fake, trafficDials: { setDials: async () => {} } } as unknown as WritePorts,
    operator: 'test', signal: new AbortController().signal, onEvent: (event) => { if (event.type !== 'step-progress') events.push(event); },
  });
}
const detailOf = (result: OperationResult): Record<string, unknown> => result.steps.find((step) => step.name === 'extension:own')!.detail;

describe('a step of the user\'s own', () => {
  it('starts its document in the target with its parameters filled in, and journals their names and the outcome', async () => {
    const result = await run({ document: 'switch-aurora', parameters: { Target: '{to}', Epoch: '{epoch}' } });
    expect(result.outcome).toBe('done');
    const [token, execution] = [...fake.executions][0]!;
    expect(execution).toMatchObject({ region: standby, parameters: { Target: standby, Epoch: '2' } });
    const finished = events.find((event) => event.type === 'step-finished' && event.step === 'extension:own') as { detail: object };
    expect(finished.detail).toEqual({ document: 'switch-aurora', region: standby, token, execution: token, inputs: ['Target', 'Epoch'] });
  });

  it('gives a function the token and the facts of the move', async () => {
    await run({ when: 'after', function: 'tell' });
    expect(fake.calls).toMatchObject([{ region: standby, name: 'tell', input: { extension: 'own', when: 'after', kind: 'failover', mode: 'graceful', from: home, to: standby, epoch: 2, home, operationId: 'op', token: expect.stringMatching(/^[0-9a-f-]{36}$/) as string } }]);
  });

  it('asks again with the same token where an answer was lost: a document is started once', async () => {
    fake.losing = 2;
    expect((await run({ document: 'switch-aurora' })).outcome).toBe('done');
    expect(fake.executions.size).toBe(1);
    fake.losing = 1;
    expect((await run({ function: 'tell' })).outcome).toBe('done');
    expect(new Set(fake.calls.map((call) => call.input['token'])).size).toBe(1);
  });

  it('that failed before the fence ends the move there, with everything put back', async () => {
    fake.outcomes = ['failed'];
    const result = await run({ document: 'switch-aurora' });
    expect(result).toMatchObject({ outcome: 'refused', epoch: 1, error: { step: 'extension:own', code: 'EXTENSION_FAILED' } });
    expect(result.error?.message).toContain('the cluster is not there');
    expect(control).toMatchObject({ epoch: 1, activeRegion: home, phase: 'active' });
  });

  it('that failed behind the fence leaves the move to be gone on with, and is started anew then', async () => {
    fake.outcomes = ['failed', 'succeeded'];
    const first = await run({ when: 'after', document: 'switch-aurora' });
    expect(first).toMatchObject({ outcome: 'interrupted', epoch: 2 });
    expect(first.nextSteps.join()).toContain('--resume op');
    now += 60_000;
    expect((await run({ when: 'after', document: 'switch-aurora' }, events)).outcome).toBe('done');
    expect(fake.executions.size).toBe(2);
  });

  it('is not called again by a resumption when it had succeeded', async () => {
    await run({ when: 'after', function: 'tell' });
    const upToIt = events.slice(0, events.findIndex((event) => event.type === 'step-finished' && event.step === 'extension:own') + 1);
    const result = await run({ when: 'after', function: 'tell' }, upToIt);
    expect(result.outcome).toBe('done');
    expect(fake.calls).toHaveLength(1);
    expect(detailOf(result)).toMatchObject({ why: 'it has succeeded already' });
  });

  it('may fail when it is declared so, and the move says that it did', async () => {
    fake.outcomes = ['failed'];
    const result = await run({ function: 'tell', onFailure: 'continue' });
    expect(result.outcome).toBe('done');
    expect(result.steps.find((step) => step.name === 'extension:own')).toMatchObject({ state: 'warned', detail: { why: expect.stringContaining('TypeError: x is not a function') as string } });
    expect(control.epoch).toBe(2);
  });

  it('has its time, and no more', async () => {
    fake.outcomes = ['running'];
    const before = now;
    const result = await run({ document: 'switch-aurora', timeoutSeconds: 120 });
    expect(result).toMatchObject({ outcome: 'refused', error: { message: expect.stringContaining('was still running after 120 s') as string } });
    expect((now - before) / 1000).toBeLessThanOrEqual(125);
  });
});
