import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOperator, type Operator } from './operator.js';
import { eventually } from './scene.js';

const run = promisify(execFile);
const python = found('python3', ['-c', 'import ssl']);
const awsCli = found('aws', ['--version']);

/** Whoever speaks AWS's protocols is served, given only what `sandbox env` prints. */
describe('clients that are not ours', () => {
  let operator: Operator;
  let env: Record<string, string>;

  beforeAll(async () => {
    operator = await createOperator();
    await operator.startSandbox();
    env = await environmentOf(operator);
  });

  afterAll(() => operator?.leave());

  it.skipIf(!python)(`Python's standard library${python ? '' : ' (skipped: there is no python3 on this machine)'}`, { timeout: 120_000 }, async () => {
    const { stdout } = await run('python3', [fileURLToPath(new URL('./signed_requests.py', import.meta.url))], { env });
    expect(JSON.parse(stdout)).toMatchObject({
      buckets: ['batchctl-111122223333-us-east-1', 'batchctl-111122223333-us-west-2'],
      object: 'grüße\n',
      execution: { name: 'from-python', status: expect.stringMatching(/RUNNING|FAILED/) },
      control: { activeRegion: { S: 'us-east-1' }, epoch: { N: '1' } },
      metric: 42,
    });
  });

  it.skipIf(!awsCli)(`the aws command line${awsCli ? '' : ' (skipped: there is no aws on this machine)'}`, { timeout: 240_000 }, async () => {
    const aws = async (...words: string[]): Promise<string> => (await run('aws', words, { env })).stdout;
    const document = async <Answer>(...words: string[]): Promise<Answer> => JSON.parse(await aws(...words, '--output', 'json')) as Answer;
    const file = await operator.write('greeting.txt', 'grüße\n');
    const bucket = 'batchctl-111122223333-us-west-2';

    expect(await aws('s3', 'ls')).toMatch(/batchctl-111122223333-us-east-1\n.*batchctl-111122223333-us-west-2\n/);
    await aws('s3', 'cp', file, `s3://${bucket}/scratch/greeting.txt`, '--region', 'us-west-2');
    expect(await aws('s3', 'cp', `s3://${bucket}/scratch/greeting.txt`, '-', '--region', 'us-west-2')).toBe('grüße\n');

    const { stateMachines } = await document<{ stateMachines: { stateMachineArn: string }[] }>('stepfunctions', 'list-state-machines');
    const input = JSON.stringify({ jobId: '1'.repeat(32), key: 'input/absent.csv', versionId: 'none', bytes: 1, epoch: 1, region: 'us-east-1', attempt: 1 });
    const { executionArn } = await document<{ executionArn: string }>('stepfunctions', 'start-execution', '--state-machine-arn', stateMachines[0]?.stateMachineArn ?? '', '--name', 'from-the-aws-cli', '--input', input);
    expect(await document('stepfunctions', 'describe-execution', '--execution-arn', executionArn)).toMatchObject({ name: 'from-the-aws-cli', input });

    const { Items } = await document<{ Items: Record<string, Record<string, string>>[] }>('dynamodb', 'scan', '--table-name', 'batchctl-ledger', '--consistent-read');
    expect(Items.find((item) => item['activeRegion'])).toMatchObject({ activeRegion: { S: 'us-east-1' }, epoch: { N: '1' } });

    await aws('cloudwatch', 'put-metric-data', '--namespace', 'FromTheCommandLine', '--metric-name', 'answer', '--value', '42');
    const hour = 3_600_000;
    const at = (offset: number): string => new Date(Date.now() + offset).toISOString();
    const sum = await eventually('the metric', async () => {
      const { Datapoints } = await document<{ Datapoints: { Sum: number }[] }>('cloudwatch', 'get-metric-statistics', '--namespace', 'FromTheCommandLine', '--metric-name', 'answer', '--start-time', at(-hour), '--end-time', at(hour), '--period', '60', '--statistics', 'Sum');
      return Datapoints[0]?.Sum;
    });
    expect(sum).toBe(42);
  });
});

function found(command: string, words: string[]): boolean {
  try {
    execFileSync(command, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The very lines that a person would `eval`, read by a shell. */
async function environmentOf(operator: Operator): Promise<Record<string, string>> {
  const { stdout: exports } = await operator.run(['sandbox', 'env', '--dir', operator.sandbox]);
  const { stdout } = await run('sh', ['-c', `${exports}\nenv -0`], { env: { PATH: process.env['PATH'] ?? '', HOME: operator.home, AWS_PROFILE: 'left-over' } });
  return Object.fromEntries(stdout.split('\0').filter(Boolean).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
