import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAutomation, type AutomationConsole } from './automation.js';
import type { StatusDocument } from './documents.js';
import { createOperator, type Operator } from './operator.js';
import { changeDeployment } from './policy.js';
import { eventually, home, loadReferences, standby, submitMany, untilSucceeded } from './scene.js';

interface History { operations: { operationId: string; kind: string; mode: string; from: string; to: string; epoch: number; operator: string; outcome: string; reason: string | null }[] }

/** What an operator writes into the deployment file, and publishes for the runbooks. */
async function choose(operator: Operator, choices: object): Promise<void> {
  await changeDeployment(operator, () => choices);
  expect(await operator.document(['init', '--publish'])).toMatchObject({ parameter: '/batchctl/choices', regions: [home, standby], extensionPoints: ['look'] });
}

const patient = { timeout: 240_000 };

/** One story, told in order: the pipeline moves there and back, and nobody types a command for it. */
describe('runbooks without a laptop', () => {
  let operator: Operator;
  let automation: AutomationConsole;

  beforeAll(async () => {
    operator = await createOperator();
    await operator.startSandbox();
    await loadReferences(operator);
    automation = await openAutomation(operator);
    await choose(operator, {
      // A busy machine answers late, which is no outage.
      policy: { probeTimeoutSeconds: 20 },
      // A function that the runbooks may call as they are deployed.
      extensionPoints: [{ name: 'look', when: 'before', function: 'batchctl-observe', on: ['failover'], expectedSeconds: 5 }],
    });
  }, 240_000);

  afterAll(async () => {
    automation?.close();
    await operator?.leave();
  });

  const history = async (): Promise<History['operations']> => (await operator.document<History>(['history'])).operations;
  const routing = async (): Promise<StatusDocument['routing']> => (await operator.document<StatusDocument>(['status'])).routing;

  it('shows its plan on a dry run, and touches nothing', patient, async () => {
    const seen = await automation.ended(standby, await automation.start(standby, 'batchctl-failover', { TargetRegion: standby, DryRun: 'yes' }));
    expect(seen).toMatchObject({ AutomationExecutionStatus: 'Success', Outputs: { 'conclude.Outcome': ['dry-run'] } });
    expect(seen.Outputs?.['assess.Summary']?.[0]).toMatch(/failover of batchctl: us-east-1 -> us-west-2, graceful, epoch 1 -> 2\.\nVerdict GO/);
    expect(await routing()).toMatchObject({ epoch: 1, activeRegion: home });
    expect(await history()).toEqual([]);
  });

  it('refuses what the command line refuses, in the words of its parameters, and ends as failed', patient, async () => {
    const seen = await automation.ended(standby, await automation.start(standby, 'batchctl-failover', { TargetRegion: standby, Mode: 'ungraceful', Confirm: standby }));
    expect(seen.AutomationExecutionStatus).toBe('Failed');
    expect(seen.FailureMessage).toMatch(/Step assess: .*INSUFFICIENT_DATA.*Nothing was touched/s);
    await expect(automation.start(standby, 'batchctl-failover', { TargetRegion: home })).rejects.toThrow(/TargetRegion must be one of us-west-2/);
    expect(await routing()).toMatchObject({ epoch: 1, activeRegion: home });
  });

  it('moves the pipeline when its plan is approved, and ends as the command does', patient, async () => {
    const expected = await submitMany(operator, 4, 1500);
    const execution = await automation.start(standby, 'batchctl-failover', { TargetRegion: standby, RequireApproval: 'yes', Reason: 'game day' });
    await eventually('the approval to be asked for', async () => ((await automation.read(standby, execution)).AutomationExecutionStatus === 'Waiting' ? true : undefined));
    expect(await history()).toEqual([]);
    await automation.approve(standby, execution);
    const seen = await automation.ended(standby, execution);
    expect(seen.FailureMessage).toBeUndefined();
    expect(seen).toMatchObject({ AutomationExecutionStatus: 'Success', Outputs: { 'conclude.Outcome': ['done'] } });
    expect(await routing()).toMatchObject({ epoch: 2, phase: 'active', activeRegion: standby, mrap: { [home]: 0, [standby]: 100 } });
    const [operation] = await history();
    expect(operation).toMatchObject({ kind: 'failover', mode: 'graceful', from: home, to: standby, epoch: 2, outcome: 'done', reason: 'game day' });
    expect(operation?.operationId).toBe(seen.Outputs?.['assess.OperationId']?.[0]);
    expect(operation?.operator).toContain(`automation ${execution} in ${standby}, started by arn:aws:sts::111122223333:assumed-role/batchctl-operator/`);
    const report = await operator.run(['report', operation?.operationId ?? '']);
    expect(report).toMatchObject({ exitCode: 0, stderr: '' });
    expect(report.stdout).toContain(`automation ${execution}`);
    expect(report.stdout).toContain('extension:look: done');
    expect((await untilSucceeded(operator, [...expected.keys()])).map((job) => job.status)).toEqual([...expected.keys()].map(() => 'SUCCEEDED'));
  });

  it('has nothing to do when it is started again, and says so', patient, async () => {
    const seen = await automation.ended(standby, await automation.start(standby, 'batchctl-failover', { TargetRegion: standby }));
    expect(seen).toMatchObject({ AutomationExecutionStatus: 'Success', Outputs: { 'conclude.Outcome': ['nothing-to-do'] } });
    expect(await history()).toHaveLength(1);
  });

  it('goes back by the runbook in the home Region', patient, async () => {
    const refused = await automation.ended(home, await automation.start(home, 'batchctl-failback', { TargetRegion: home }));
    expect(refused.FailureMessage).toMatch(/ACKNOWLEDGEMENT_NEEDED.*Acknowledge recent-move/s);
    const seen = await automation.ended(home, await automation.start(home, 'batchctl-failback', { TargetRegion: home, Acknowledge: 'recent-move,unsettled-target' }));
    expect(seen).toMatchObject({ AutomationExecutionStatus: 'Success', Outputs: { 'conclude.Outcome': ['done'] } });
    expect(await routing()).toMatchObject({ epoch: 3, phase: 'active', activeRegion: home });
    expect((await history())[0]).toMatchObject({ kind: 'failback', from: standby, to: home, outcome: 'done' });
  });
});
