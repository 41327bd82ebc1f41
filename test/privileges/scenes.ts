import { AwsError } from '../../src/sandbox/service.js';
import { diceFor } from '../simulation/simulator/dice.js';
import { makeInputFile, type FileShape } from '../simulation/simulator/input-files.js';
import { asOperator, byOperator, byRunbook, move, startRunbook, untilAutomation, type Mover, type RunbookName } from './movers.js';
import type { Scene, Stage } from './stage.js';

/**
 * What a pipeline goes through in its life, as far as a permission stands behind it. A scene fails when what it is about
 * does not happen; that nothing was refused on the way is for its caller to judge.
 */
export const scenes: Record<string, Scene> = {
  'an ordinary day': ordinaryDay,
  'what S3 replicates besides': tagsAndMarkers,
  'moves by an operator': (stage) => moves(stage, byOperator),
  'moves by runbooks': (stage) => moves(stage, byRunbook),
  'runbooks that wait for approval': approvals,
  'a Region that is cut off, for long': (stage) => cutOff(stage, 400, byOperator),
  'a Region that is cut off, and back at once': (stage) => cutOff(stage, 15, byRunbook),
  'a Region that answers and cannot work': (stage) => gray(stage, byOperator),
  'a Region that answers and cannot work, left by runbooks': (stage) => gray(stage, byRunbook),
  'failed jobs are redriven': redriven,
  'events that reach nobody': deadLetters,
  'work that only the sweep finishes': leftToTheSweep,
};

/** Needs parts of a size that lets the merge upload in several pieces. */
export const largeOutputs: Scene = async (stage) => {
  const { home, other } = stage.deployment;
  for (const region of [home, other]) {
    let failures = 0;
    const mend = stage.breakCalls('s3', 'UploadPart', (call) => call.region === region && (failures += 1) <= 12, () => new AwsError('InternalError', 'We encountered an internal error. Please try again.', { status: 500 }));
    const key = `input/large-${region}.csv`;
    await stage.put(home, key, file('good', 70_000));
    await untilJobs(stage, 600, [key], 'SUCCEEDED');
    mend();
    if (region === home) await move(stage, other);
  }
};

function file(shape: FileShape, rows: number): string {
  return makeInputFile(diceFor(rows, shape), shape, rows, `${shape} ${rows}`).text;
}

async function ordinaryDay(stage: Stage): Promise<void> {
  const { home, other } = stage.deployment;
  await stage.put('access-point', 'input/few rows.csv', file('good', 3));
  await stage.put(home, 'input/many.csv', file('good', 120));
  await stage.put(other, 'input/by the other bucket.csv', file('with-rejects', 30));
  await stage.put(home, 'input/refused.csv', file('wrong-header', 1));
  // A part that is there already is not made again: HEAD finds it, and what is absent is told from what is forbidden.
  await untilJobs(stage, 240, ['input/few rows.csv', 'input/many.csv', 'input/by the other bucket.csv'], 'SUCCEEDED');
  await untilJobs(stage, 240, ['input/refused.csv'], 'FAILED');
  await expectLinks(stage);
  // Versions that nobody has, and keys that are encoded as in a form: what an event names may be gone.
  for (const object of [{ key: 'input/gone.csv', 'version-id': 'x'.repeat(32) }, { key: 'input/gone.csv' }, { key: 'input/few+rows.csv' }]) {
    stage.world.publish(home, { source: 'aws.s3', detailType: 'Object Created', resources: [], detail: { bucket: { name: stage.deployment.regions[home]?.bucket }, object } });
  }
  await tellAgain(stage, 'input/refused.csv');
  await stage.sleep(130);
  await withoutItsInput(stage);
}

/** Events come at least once. */
async function tellAgain(stage: Stage, key: string): Promise<void> {
  const { home, regions } = stage.deployment;
  const executionArn = (await rows(stage)).find((row) => row.key?.S === key)?.executionArn?.S;
  stage.world.publish(home, { source: 'aws.states', detailType: 'Step Functions Execution Status Change', resources: [], detail: { executionArn, stateMachineArn: regions[home]?.stateMachineArn, status: 'FAILED' } });
}

/** The version is deleted for good after it was accepted and before it is read. */
async function withoutItsInput(stage: Stage): Promise<void> {
  const { home, regions } = stage.deployment;
  const mend = stage.breakCalls('lambda', 'Invoke', (_call, input) => String(input['FunctionName']).includes('-split'), () => new AwsError('TooManyRequestsException', 'Rate exceeded', { status: 429 }));
  const Key = 'input/deleted for good.csv';
  const VersionId = await stage.put(home, Key, file('good', 3));
  await stage.sleep(10);
  await stage.call('s3', 'DeleteObject', { Bucket: regions[home]?.bucket, Key, VersionId });
  mend();
  await untilJobs(stage, 240, [Key], 'FAILED');
}

async function tagsAndMarkers(stage: Stage): Promise<void> {
  const { home, other, regions } = stage.deployment;
  for (const region of [home, other]) {
    const Bucket = regions[region]?.bucket;
    const Key = `input/tagged-${region}.csv`;
    await stage.put(region, Key, file('good', 2), { Tagging: 'team=orders' });
    await stage.sleep(10);
    await stage.call('s3', 'PutObjectTagging', { Bucket, Key, Tagging: { TagSet: [{ Key: 'team', Value: 'other' }] } }, region);
    await stage.sleep(10);
    await stage.call('s3', 'DeleteObject', { Bucket, Key }, region);
  }
  await stage.sleep(30);
}

async function moves(stage: Stage, by: Mover): Promise<void> {
  const { home, other } = stage.deployment;
  await stage.put(home, 'input/before.csv', file('good', 3));
  await untilJobs(stage, 240, ['input/before.csv'], 'SUCCEEDED');
  await move(stage, other, 'auto', by);
  // What was mailed before the move is read after it, from the other bucket.
  await stage.sleep(130);
  await expectLinks(stage);
  await stage.put('access-point', 'input/few.csv', file('with-rejects', 3));
  await stage.put(other, 'input/many.csv', file('good', 120));
  await stage.put(other, 'input/refused.csv', file('no-rows', 1));
  await untilJobs(stage, 240, ['input/few.csv', 'input/many.csv'], 'SUCCEEDED');
  await expectLinks(stage);
  await move(stage, home, 'auto', by);
}

/** Isolated in the middle of its work, with an input that the other Region has not got. */
async function cutOff(stage: Stage, seconds: number, by: Mover): Promise<void> {
  const { home, other } = stage.deployment;
  const { faults } = stage.world;
  faults.setReplication(home, other, { mode: 'paused' });
  await stage.put(home, 'input/late.csv', file('good', 4));
  await stage.sleep(1);
  faults.setReplication(home, other, { mode: 'flowing' });
  // What commits now waits for a ledger that it cannot reach, and is a zombie when the Region comes back.
  const mend = stage.breakCalls('dynamodb', 'UpdateItem', (call) => call.principal.arn.includes('commitRole') && call.region === home, () => new AwsError('InternalServerError', 'Try again.', { status: 500 }));
  await stage.put(home, 'input/under way.csv', file('good', 120));
  await stage.put(home, 'input/also under way.csv', file('good', 3));
  await stage.sleep(25);
  faults.setReplication(home, other, { mode: 'paused' });
  await stage.put(home, 'input/left behind.csv', file('good', 5));
  await stage.sleep(5);
  faults.setRegion(home, 'isolated');
  await stage.sleep(60);
  await move(stage, other, 'ungraceful', by);
  await stage.sleep(seconds);
  // After a long time the next try of a commit may be five minutes away: it is let come, to be refused and recorded, before the sweep
  // may stop its execution. After a short one it is whichever comes first.
  const mendStops = seconds > 60 ? stage.breakCalls('states', 'StopExecution', (call) => call.principal.arn.includes('sweep'), () => new AwsError('ThrottlingException', 'Rate exceeded')) : () => undefined;
  faults.clear();
  mend();
  await stage.sleep(400);
  mendStops();
  await untilJobs(stage, 300, ['input/late.csv', 'input/under way.csv', 'input/also under way.csv', 'input/left behind.csv'], 'SUCCEEDED');
  await stage.sleep(1000);
  await move(stage, home);
}

/** Its executions can be stopped before the work goes on elsewhere. */
async function gray(stage: Stage, by: Mover): Promise<void> {
  const { home, other } = stage.deployment;
  for (const [from, to] of [[home, other], [other, home]] as const) {
    const mend = stage.breakCalls('lambda', 'Invoke', (call, input) => call.region === from && String(input['FunctionName']).includes('-split'), () => new AwsError('TooManyRequestsException', 'Rate exceeded', { status: 429 }));
    await stage.put(from, `input/stuck in ${from}.csv`, file('good', 3));
    // Synthetic jobs are stuck in the same way, one after the other.
    await stage.sleep(420);
    await move(stage, to, 'ungraceful', by);
    mend();
    await untilJobs(stage, 300, [`input/stuck in ${from}.csv`], 'SUCCEEDED');
    await stage.sleep(1200);
  }
}

async function redriven(stage: Stage): Promise<void> {
  const { home, other } = stage.deployment;
  for (const region of [home, other]) {
    const mend = stage.breakCalls('dynamodb', 'BatchGetItem', (call) => call.region === region && call.principal.arn.includes('processpart'), () => new AwsError('ResourceNotFoundException', 'Requested resource not found'));
    const keys = [`input/inline-${region}.csv`, `input/distributed-${region}.csv`];
    await stage.put(region, keys[0] as string, file('good', 3));
    await stage.put(region, keys[1] as string, file('good', 120));
    await untilJobs(stage, 900, keys, 'FAILED');
    mend();
    await stage.sleep(5);
    const outcomes = await stage.operator().redriveAll();
    if (!outcomes.every((outcome) => outcome.how === 'redriven-execution')) throw new Error(`not redriven: ${JSON.stringify(outcomes)}`);
    await untilJobs(stage, 600, keys, 'SUCCEEDED');
    if (region === home) await move(stage, other);
  }
}

async function deadLetters(stage: Stage): Promise<void> {
  const { home } = stage.deployment;
  const gone = (): Error => new AwsError('ResourceNotFoundException', 'Function not found', { status: 404 });
  const to = (name: string) => (_call: unknown, input: Record<string, unknown>): boolean => String(input['FunctionName']).includes(name);
  // The bus finds no function.
  const mendIngest = stage.breakCalls('lambda', 'Invoke', to('-ingest'), gone);
  await stage.put(home, 'input/unheard.csv', file('good', 3));
  await stage.sleep(20);
  // One whose version nobody names: what it names is gone, and the letter goes too.
  stage.world.publish(home, { source: 'aws.s3', detailType: 'Object Created', resources: [], detail: { bucket: { name: stage.deployment.regions[home]?.bucket }, object: { key: 'input/gone unheard.csv' } } });
  await stage.sleep(20);
  mendIngest();
  const mendFail = stage.breakCalls('lambda', 'Invoke', to('-fail'), gone);
  await stage.put(home, 'input/refused and unheard.csv', file('wrong-header', 1));
  await stage.sleep(60);
  // The sweep writes what the event could not.
  await untilJobs(stage, 600, ['input/refused and unheard.csv'], 'FAILED');
  mendFail();
  // The function fails until it is given up.
  const mendTable = stage.breakCalls('dynamodb', 'GetItem', (call) => call.principal.arn.includes('ingest'), gone);
  await stage.put(home, 'input/given up.csv', file('good', 3));
  await stage.sleep(600);
  // The sweep takes back what was ingest's; what was the fail function's stays for people.
  await untilJobs(stage, 600, ['input/unheard.csv', 'input/given up.csv'], 'SUCCEEDED');
  mendTable();
  const { Attributes: queued } = await stage.call<{ Attributes: Record<string, string> }>('sqs', 'GetQueueAttributes', { QueueUrl: stage.deployment.regions[home]?.deadLetterQueueUrl, AttributeNames: ['All'] });
  const letters = Number(queued['ApproximateNumberOfMessages']) + Number(queued['ApproximateNumberOfMessagesNotVisible']);
  if (letters !== 1) throw new Error(`the dead-letter queue holds ${letters} messages`);
  // The alarm about it reaches the topic.
  await stage.sleep(900);
}

async function leftToTheSweep(stage: Stage): Promise<void> {
  const { home } = stage.deployment;
  const throttled = (): Error => new AwsError('ThrottlingException', 'Rate exceeded');
  const mendStart = stage.breakCalls('states', 'StartExecution', (call) => call.principal.arn.includes('ingest'), throttled);
  const mendMail = stage.breakCalls('ses', 'SendEmail', () => true, () => new AwsError('TooManyRequestsException', 'Too many requests', { status: 429 }));
  await stage.put(home, 'input/not started.csv', file('good', 3));
  await untilJobs(stage, 600, ['input/not started.csv'], 'SUCCEEDED');
  mendStart();
  mendMail();
  await stage.sleep(1200);
  await expectLinks(stage);
}

/**
 * One is approved, one is stopped while it waits; what operators want of moves without them is published before. The input
 * that nobody has at home yet is looked for there, and the lists of a busy ledger do not fit into one page.
 */
async function approvals(stage: Stage): Promise<void> {
  const { home, other } = stage.deployment;
  const { faults } = stage.world;
  for (const region of [home, other]) await asOperator(stage, region, 'PutParameter', { Name: '/batchctl/choices', Value: '{}', Type: 'String', Overwrite: true });
  faults.setReplication(other, home, { mode: 'paused' });
  const mend = stage.changeCalls('dynamodb', 'Scan', (input) => ({ ...input, Limit: 1 }));
  const Key = 'input/only where the pipeline goes.csv';
  await stage.put(other, Key, file('good', 3));
  await stage.sleep(10);
  const waiting = async (document: RunbookName): Promise<string> => {
    const id = await startRunbook(stage, document, other, { RequireApproval: 'yes', Acknowledge: 'recent-move,unsettled-target' });
    await untilAutomation(stage, other, id, (status) => status === 'Waiting');
    return id;
  };
  await asOperator(stage, other, 'StopAutomationExecution', { AutomationExecutionId: await waiting('failback'), Type: 'Cancel' });
  const approved = await waiting('failover');
  await asOperator(stage, other, 'SendAutomationSignal', { AutomationExecutionId: approved, SignalType: 'Approve' });
  await untilAutomation(stage, other, approved, (status) => status === 'Success');
  faults.setReplication(other, home, { mode: 'flowing' });
  mend();
  await untilJobs(stage, 300, [Key], 'SUCCEEDED');
}

/** Waits until the newest job of each key has this status. */
async function untilJobs(stage: Stage, seconds: number, keys: string[], wanted: string): Promise<void> {
  const deadline = stage.clock.now() + seconds * 1000;
  for (;;) {
    const found = new Map((await rows(stage)).flatMap((item) => (item.key && item.status ? [[item.key.S, item.status.S]] : [])));
    if (keys.every((key) => found.get(key) === wanted)) return;
    if (stage.clock.now() > deadline) throw new Error(`waited ${seconds} s in vain for ${wanted}: ${keys.map((key) => `${key} is ${found.get(key) ?? 'unknown'}`).join(', ')}`);
    await stage.sleep(5);
  }
}

interface Row {
  key?: { S: string };
  status?: { S: string };
  executionArn?: { S: string };
}

async function rows(stage: Stage): Promise<Row[]> {
  return (await stage.call<{ Items: Row[] }>('dynamodb', 'Scan', { TableName: stage.deployment.ledgerTable }, stage.deployment.other)).Items;
}

async function expectLinks(stage: Stage): Promise<void> {
  const answers = await stage.followLinks();
  if (answers.length === 0 || answers.some((status) => status !== 200)) throw new Error(`the links of the e-mails were answered with ${answers.join(', ')}`);
}
