import { beforeEach, describe, expect, it } from 'vitest';
import { createSsm } from '../../../../src/sandbox/services/ssm/service.js';
import type { ResourceContext, Service } from '../../../../src/sandbox/service.js';
import { NoAnswer } from '../../../../src/sandbox/world.js';
import { answering, createTestWorld, lambdaAnswering, region, roleArn, type TestWorld } from '../compute/test-world.js';

let world: TestWorld;
let ssm: Service;
let unmodelled: string[];
let answers: ((payload: never) => unknown)[];

interface Execution { AutomationExecutionStatus: string; FailureMessage?: string; Outputs: Record<string, string[]>; ExecutedBy: string; StepExecutions: { StepName: string; StepStatus: string; Inputs: Record<string, string> }[] }

beforeEach(() => {
  world = createTestWorld();
  unmodelled = [];
  answers = [];
  world.register(lambdaAnswering({ work: (payload) => (answers.length > 1 ? answers.shift() : answers[0])?.(payload) }));
  world.register({ ...answering('iam', {}), canBeAssumedBy: (arn: string, service: string) => arn === roleArn && service === 'ssm.amazonaws.com', callerArn: (principal: { arn: string }) => principal.arn } as unknown as Service);
  ssm = createSsm(world);
  world.register(ssm);
});

const invoke = (name: string, more: object = {}): object => ({ name, action: 'aws:invokeLambdaFunction', inputs: { FunctionName: 'work', InputPayload: { asked: name } }, ...more });
async function deploy(mainSteps: object[], more: object = {}): Promise<void> {
  const context: ResourceContext = { region, account: world.account, stackName: 'stack', logicalId: 'Document', assetPath: () => '', unmodelled: (property, why) => { unmodelled.push(`${property}: ${why}`); } };
  const content = { schemaVersion: '0.3', assumeRole: roleArn, mainSteps, ...more };
  await ssm.resources!['AWS::SSM::Document']!.create(context, { Name: 'book', DocumentType: 'Automation', DocumentFormat: 'JSON', Content: content } as never);
}
const start = async (more: object = {}): Promise<string> => (await world.ask<{ AutomationExecutionId: string }>('ssm', 'StartAutomationExecution', { DocumentName: 'book', ...more })).AutomationExecutionId;
const read = async (id: string): Promise<Execution> => (await world.ask<{ AutomationExecution: Execution }>('ssm', 'GetAutomationExecution', { AutomationExecutionId: id })).AutomationExecution;
async function ended(id: string): Promise<Execution> {
  await world.clock.advance(600_000);
  return read(id);
}

describe('automation', () => {
  it('passes parameters and outputs on, picks outputs by selector, and calls as the runbook\'s role', async () => {
    answers = [() => ({ Plan: { Id: 7 } }), (payload: { id: number }) => ({ Got: payload.id })];
    await deploy([
      invoke('first', { inputs: { FunctionName: 'work', InputPayload: { to: '{{ Region }}', run: 'run {{ automation:EXECUTION_ID }} in {{ global:REGION }}' } }, outputs: [{ Name: 'Id', Selector: '$.Plan.Id', Type: 'Integer' }] }),
      invoke('second', { inputs: { FunctionName: 'work', InputPayload: { id: '{{ first.Id }}' } }, outputs: [{ Name: 'Got', Selector: '$.Got', Type: 'Integer' }] }),
    ], { parameters: { Region: { type: 'String', allowedValues: ['here'] } } });
    const id = await start({ Parameters: { Region: ['here'] } });
    expect(await ended(id)).toMatchObject({ AutomationExecutionStatus: 'Success', ExecutedBy: expect.stringContaining('user/operator') as string, Outputs: { 'first.Id': ['7'], 'second.Got': ['7'] } });
    const [call] = world.calls;
    expect(call?.principal.arn).toBe(roleArn);
    expect(JSON.parse(Buffer.from((call?.input as { Payload: Uint8Array }).Payload).toString())).toEqual({ to: 'here', run: `run ${id} in ${region}` });
    expect(world.events.map((event) => event.detail['Status'])).toEqual(['Success']);
  });

  it('loops while its condition holds, and no more often than it may', async () => {
    const loop = (MaxIterations: number): object => ({ name: 'again', action: 'aws:loop', inputs: { Steps: [invoke('drive', { outputs: [{ Name: 'Running', Selector: '$.Running', Type: 'Boolean' }] })], LoopCondition: { Variable: '{{ drive.Running }}', BooleanEquals: true }, MaxIterations } });
    answers = [() => ({ Running: true }), () => ({ Running: true }), () => ({ Running: false })];
    await deploy([loop(100)]);
    expect((await ended(await start())).StepExecutions.map((step) => step.StepName)).toEqual(['again', 'drive', 'drive', 'drive']);
    answers = [() => ({ Running: true })];
    await deploy([loop(2)]);
    expect((await ended(await start())).StepExecutions).toHaveLength(3);
  });

  it('branches by the first choice that holds, else by the default', async () => {
    const branch = { name: 'which', action: 'aws:branch', inputs: { Choices: [{ NextStep: 'one', Variable: '{{ Way }}', StringEquals: 'a' }], Default: 'two' } };
    answers = [() => ({})];
    await deploy([branch, invoke('one', { isEnd: true }), invoke('two', { isEnd: true })], { parameters: { Way: { type: 'String', default: 'b' } } });
    expect((await ended(await start({ Parameters: { Way: ['a'] } }))).StepExecutions.map((step) => step.StepName)).toEqual(['which', 'one']);
    expect((await ended(await start())).StepExecutions.map((step) => step.StepName)).toEqual(['which', 'two']);
  });

  it('tries again as often as it may, then fails with what the function said', async () => {
    answers = [() => { throw new Error('not yet'); }, () => ({})];
    await deploy([invoke('only', { maxAttempts: 2 })]);
    expect((await ended(await start())).AutomationExecutionStatus).toBe('Success');
    answers = [() => { throw new Error('never'); }];
    const failed = await ended(await start());
    expect(failed).toMatchObject({ AutomationExecutionStatus: 'Failed' });
    expect(failed.FailureMessage).toMatch(/Step only: .*never/);
  });

  it('goes where onFailure says, and is a failure in the end all the same unless the step was not critical', async () => {
    answers = [() => { throw new Error('no'); }, () => ({})];
    await deploy([invoke('first', { onFailure: 'step:last' }), invoke('skipped'), invoke('last')]);
    const failed = await ended(await start());
    expect(failed.StepExecutions.map((step) => [step.StepName, step.StepStatus])).toEqual([['first', 'Failed'], ['last', 'Success']]);
    expect(failed.AutomationExecutionStatus).toBe('Failed');
    answers = [() => { throw new Error('no'); }, () => ({})];
    await deploy([invoke('first', { onFailure: 'Continue', isCritical: false }), invoke('last')]);
    expect((await ended(await start())).AutomationExecutionStatus).toBe('Success');
  });

  it('waits for those who may approve, and for nobody else', async () => {
    answers = [() => ({})];
    await deploy([{ name: 'ask', action: 'aws:approve', timeoutSeconds: 300, inputs: { Message: 'go?', Approvers: '{{ Approvers }}' } }, invoke('work')], { parameters: { Approvers: { type: 'StringList' } } });
    const signal = (AutomationExecutionId: string, SignalType: string): Promise<unknown> => world.ask('ssm', 'SendAutomationSignal', { AutomationExecutionId, SignalType });
    const stranger = await start({ Parameters: { Approvers: ['arn:aws:iam::111122223333:role/boss'] } });
    await world.clock.advance(1000);
    expect((await read(stranger)).AutomationExecutionStatus).toBe('Waiting');
    await expect(signal(stranger, 'Approve')).rejects.toMatchObject({ code: 'InvalidAutomationSignalException' });
    expect(await ended(stranger)).toMatchObject({ AutomationExecutionStatus: 'TimedOut' });

    const mine = { Parameters: { Approvers: ['operator'] } };
    const [approved, rejected] = [await start(mine), await start(mine)];
    await world.clock.advance(1000);
    await signal(approved, 'Approve');
    await signal(rejected, 'Reject');
    expect(await ended(approved)).toMatchObject({ AutomationExecutionStatus: 'Success' });
    expect(await ended(rejected)).toMatchObject({ AutomationExecutionStatus: 'Rejected', FailureMessage: expect.stringContaining('rejected by') as string });
    expect(world.calls).toHaveLength(1);
  });

  it('starts one execution for one token, whatever became of the answer', async () => {
    answers = [() => ({})];
    await deploy([invoke('only')], { parameters: { A: { type: 'String', default: '' } } });
    const ClientToken = '12345678-1234-1234-1234-123456789abc';
    const first = await start({ ClientToken });
    expect(await start({ ClientToken: ClientToken.toUpperCase() })).toBe(first);
    await expect(start({ ClientToken, Parameters: { A: ['other'] } })).rejects.toMatchObject({ code: 'IdempotentParameterMismatch' });
    await expect(start({ ClientToken: 'no-uuid' })).rejects.toMatchObject({ code: 'ValidationException' });
  });

  it('stands still while its Region is down, and calls again what the outage cut off', async () => {
    let calls = 0;
    world.register(answering('lambda', { Invoke: async () => {
      calls += 1;
      if (calls === 1) {
        world.faults.setRegion(region, 'down');
        throw new NoAnswer('reset');
      }
      return { StatusCode: 200, Payload: Buffer.from('{}') };
    } }));
    await deploy([invoke('only')]);
    const id = await start();
    await world.clock.advance(60_000);
    world.faults.setRegion(region, 'up');
    expect(await ended(id)).toMatchObject({ AutomationExecutionStatus: 'Success' });
    expect(calls).toBe(2);
  });

  it('goes on after a restart at the step that it had reached', async () => {
    answers = [() => ({})];
    await deploy([invoke('first'), { name: 'nap', action: 'aws:sleep', inputs: { Duration: 'PT1M' } }, invoke('last')]);
    const id = await start();
    await world.clock.advance(1000);
    const saved = JSON.parse(JSON.stringify(ssm.snapshot!())) as never;
    await ssm.stop!();
    const again = createSsm(world);
    await again.restore!(saved);
    world.register(again);
    await again.start!();
    expect((await ended(id)).StepExecutions.map((step) => [step.StepName, step.StepStatus])).toEqual([['first', 'Success'], ['nap', 'Success'], ['last', 'Success']]);
    expect(world.calls).toHaveLength(2);
  });

  it('names what it does not imitate, and fails there instead of pretending', async () => {
    await deploy([{ name: 'script', action: 'aws:executeScript', inputs: {} }]);
    expect(unmodelled).toEqual(['Content.mainSteps.script: aws:executeScript fails when it is run']);
    expect((await ended(await start())).FailureMessage).toContain('the sandbox does not imitate aws:executeScript');
  });

  it.each([
    ['another schema', { schemaVersion: '2.2' }],
    ['a step that leads nowhere', { mainSteps: [{ name: 'a', action: 'aws:sleep', nextStep: 'nowhere' }] }],
    ['two steps of one name', { mainSteps: [{ name: 'a', action: 'aws:sleep' }, { name: 'a', action: 'aws:sleep' }] }],
  ])('refuses a document with %s', async (_, more) => {
    await expect(deploy([], more)).rejects.toMatchObject({ code: 'InvalidDocumentContent' });
  });

  it('refuses parameters that the document does not allow, and a role that Systems Manager may not take', async () => {
    await deploy([invoke('only')], { parameters: { Region: { type: 'String', allowedValues: ['here'] } } });
    for (const Parameters of [{}, { Region: ['there'] }, { Region: ['here'], Other: ['x'] }]) await expect(start({ Parameters })).rejects.toMatchObject({ code: 'InvalidAutomationExecutionParametersException' });
    await deploy([invoke('only')], { assumeRole: 'arn:aws:iam::111122223333:role/somebody-else' });
    await expect(start()).rejects.toThrow('The defined assume role is unable to be assumed.');
  });

  it('keeps documents of the user\'s own', async () => {
    answers = [() => ({})];
    const Content = JSON.stringify({ schemaVersion: '0.3', mainSteps: [invoke('only')] });
    await world.ask('ssm', 'CreateDocument', { Name: 'own', DocumentType: 'Automation', DocumentFormat: 'JSON', Content });
    await expect(world.ask('ssm', 'CreateDocument', { Name: 'own', DocumentType: 'Automation', Content })).rejects.toMatchObject({ code: 'DocumentAlreadyExists' });
    expect(await ended(await start({ DocumentName: 'own' }))).toMatchObject({ AutomationExecutionStatus: 'Success' });
    // Without a role of its own a runbook acts as whoever started it.
    expect(world.calls[0]?.principal.arn).toContain('user/operator');
  });

  it('asks IAM for the start, by document and version, and for handing over the role', async () => {
    await deploy([invoke('only')]);
    const call = { region, principal: { arn: 'x', origin: 'operator' } } as never;
    expect(ssm.permissions('StartAutomationExecution', { DocumentName: 'book' }, call)).toEqual([
      { action: 'ssm:StartAutomationExecution', resource: `arn:aws:ssm:${region}:111122223333:automation-definition/book:$DEFAULT` },
      { action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
    ]);
  });
});
