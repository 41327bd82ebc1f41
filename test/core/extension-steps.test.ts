import { describe, expect, it } from 'vitest';
import { assess } from '../../src/core/assess.js';
import { extensionToken, filledParameters } from '../../src/core/extension-steps.js';
import { planMove, type MoveRequest } from '../../src/core/plan.js';
import type { Plan } from '../../src/core/operation.js';
import type { Snapshot } from '../../src/core/snapshot.js';
import { extensionPointSchema, type ExtensionPoint } from '../../src/config/schema.js';
import { checkDeployment } from '../../src/config/parse.js';
import { sampleDeployment } from '../config/sample-deployment.js';
import { control, dark, east, healthy, policy, seen, west } from './situation.js';

const point = (more: Partial<Record<keyof ExtensionPoint, unknown>>): ExtensionPoint => extensionPointSchema.parse({ name: 'aurora', when: 'before', document: 'switch-aurora', ...more });

function planned(snapshot: Snapshot, extensionPoints: ExtensionPoint[], request: Partial<MoveRequest> = {}): Plan {
  const result = planMove(snapshot, assess(snapshot, policy, { to: west }), { kind: 'failover', to: west, mode: 'auto', policy, extensionPoints, ...request });
  if (result.kind !== 'plan') throw new Error(`no plan: ${result.kind}`);
  return result.plan;
}
const around = (plan: Plan, name: string): (string | undefined)[] => {
  const at = plan.steps.findIndex((step) => step.name === name);
  return [plan.steps[at - 1]?.name, plan.steps[at + 1]?.name];
};

describe('steps of the user\'s own in a plan', () => {
  it('stand just before the fence, when nothing runs any more, and behind the proof that the target works', () => {
    const points = [point({}), point({ name: 'tell', when: 'after', document: undefined, function: 'tell-everybody', expectedSeconds: 7, timeoutSeconds: 60 })];
    const graceful = planned(healthy(), points);
    expect(around(graceful, 'extension:aurora')).toEqual(['wait-for-replication', 'fence']);
    expect(around(graceful, 'extension:tell')).toEqual(['prove', 'verify-traffic-dials']);
    expect(graceful.steps.find((step) => step.name === 'extension:tell')).toMatchObject({ target: `function tell-everybody has succeeded in ${west}`, expectedSeconds: 7, deadlineSeconds: 60, bestEffort: false, extension: { when: 'after', region: west, function: 'tell-everybody' } });
    expect(around(planned(dark(healthy(), east), points), 'extension:aurora')).toEqual(['verify-preconditions', 'fence']);
  });

  it('run on the kinds of operation that they name, in the order of the file', () => {
    const points = [point({ name: 'b', on: ['failover', 'drill'] }), point({ name: 'a', on: ['drill'] }), point({ name: 'c', on: ['failback'] })];
    const names = (kind: MoveRequest['kind']): string[] => planned(healthy(), points, { kind }).steps.map((step) => step.name).filter((name) => name.startsWith('extension:'));
    expect(names('failover')).toEqual(['extension:b']);
    expect(names('drill')).toEqual(['extension:b', 'extension:a']);
    expect(names('failback')).toEqual(['extension:c']);
  });

  it('are best effort in the Region being left, and nothing that a move needs', () => {
    const [step] = planned(healthy(), [point({ region: 'left', onFailure: 'continue' })]).steps.filter((each) => each.extension);
    expect(step).toMatchObject({ bestEffort: true, extension: { region: east } });
  });

  it('are not made up for by a repair before its fence, and are behind it', () => {
    const half = seen({ ...control({ activeRegion: west }), phase: 'draining' as const });
    const arrived = { ...healthy(west), ledgers: { [east]: half, [west]: half } };
    const names = planned(arrived, [point({}), point({ name: 'tell', when: 'after' })]).steps.map((step) => step.name);
    expect(names).not.toContain('extension:aurora');
    expect(names).toContain('extension:tell');
  });

  it('have a token that rests on the move and not on who drives it', () => {
    const plan = { deployment: 'x', to: west, epochAfter: 4 };
    const token = extensionToken(plan, 'extension:aurora', 1);
    expect(token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(extensionToken({ ...plan }, 'extension:aurora', 1)).toBe(token);
    for (const other of [extensionToken({ ...plan, epochAfter: 5 }, 'extension:aurora', 1), extensionToken(plan, 'extension:other', 1), extensionToken(plan, 'extension:aurora', 2)]) expect(other).not.toBe(token);
  });

  it('have their parameters filled in, and leave alone what they do not know', () => {
    expect(filledParameters({ Region: '{to}', Note: '{from}/{unknown}' }, { to: west, from: east })).toEqual({ Region: west, Note: `${east}/{unknown}` });
  });
});

describe('extension points in the deployment file', () => {
  const problems = (...extensionPoints: object[]): string[] => {
    const checked = checkDeployment(sampleDeployment({ extensionPoints }));
    return checked.ok ? [] : checked.problems.map(({ path, message }) => `${path} ${message}`);
  };
  const valid = { name: 'aurora', when: 'before', document: 'switch-aurora' };

  it('may be left out', () => {
    expect(checkDeployment(sampleDeployment())).toMatchObject({ ok: true, deployment: { extensionPoints: [] } });
    expect(problems(valid)).toEqual([]);
  });

  it.each([
    ['both a function and a document', [{ ...valid, function: 'f' }], /function or document must be given, and not both/],
    ['neither', [{ name: 'aurora', when: 'before' }], /function or document must be given, and not both/],
    ['a step that stops the move in the Region that it leaves', [{ ...valid, region: 'left' }], /onFailure must be continue: a move must not need the Region that it leaves/],
    ['a function that outlives Lambda', [{ name: 'f', when: 'after', function: 'f', timeoutSeconds: 901 }], /timeoutSeconds is above 900/],
    ['one name twice', [valid, { ...valid, when: 'after' }], /extensionPoints\.1\.name is used twice: aurora/],
  ])('refuse %s', (_, points, message) => {
    expect(problems(...points).join('\n')).toMatch(message);
  });
});
