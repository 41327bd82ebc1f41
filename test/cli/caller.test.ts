import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkCaller } from '../../src/cli/caller.js';
import type { CommandContext } from '../../src/cli/context.js';
import { systemClock } from '../../src/aws/system-clock.js';
import { loadDeployment } from '../../src/config/load.js';
import type { Deployment } from '../../src/config/schema.js';
import { capture } from './capture.js';
import { openSmallAws, type SmallAnswer, type SmallAws } from './small-aws.js';

const roles = { operator: 'arn:aws:iam::111122223333:role/batchctl/batchctl-operator', observer: 'arn:aws:iam::111122223333:role/batchctl/batchctl-observer' };
const identity = (arn: string, account = '111122223333'): SmallAnswer => ({ type: 'xml', body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arn}</Arn><Account>${account}</Account><UserId>U</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>` });
const refusal = (code: string): SmallAnswer => ({ status: 403, type: 'xml', body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>The security token included in the request is invalid</Message></Error></ErrorResponse>` });
const operator = identity('arn:aws:sts::111122223333:assumed-role/batchctl-operator/ann');

let aws: SmallAws;
let deployment: Deployment;
let warned: string[];
beforeEach(async () => {
  aws = await openSmallAws();
  deployment = { ...await loadDeployment({}, aws.env), roles };
  warned = [];
  speed = 1;
});
afterEach(() => aws.close());

/** How many times faster than they are times pass. */
let speed: number;
const clock = { now: () => new Date(), sleep: (milliseconds: number, signal?: AbortSignal) => systemClock.sleep(milliseconds / speed, signal) };
const check = (leaving?: string): Promise<void> => checkCaller({
  clock, signal: new AbortController().signal, output: { event: (event: { message: string }) => warned.push(event.message) },
} as unknown as CommandContext, deployment, leaving);

describe('who signs a change', () => {
  it('may be the operator, whom Regional endpoints know, the Region being left not among them', async () => {
    aws.answer = () => operator;
    await check('us-east-1');
    expect(aws.calls.length).toBeGreaterThan(0);
    for (const { host } of aws.calls) expect(host).toMatch(/^sts\.us-(?:west-2|east-2)\.amazonaws\.com$/);
  });

  it.each([
    ['another account', identity('arn:aws:iam::999999999999:user/ann', '999999999999'), 'WRONG_ACCOUNT'],
    ['another partition', identity('arn:aws-us-gov:iam::111122223333:user/ann'), 'WRONG_PARTITION'],
    ['the observer role', identity('arn:aws:sts::111122223333:assumed-role/batchctl-observer/ann'), 'OBSERVER_ROLE'],
  ])('is not %s: exit 4, nothing was touched', async (_, answer, code) => {
    aws.answer = () => answer;
    await expect(check()).rejects.toMatchObject({ code, exitCode: 4, message: expect.stringContaining('Nothing was touched.') as string, nextSteps: [expect.any(String)] });
  });

  it.each(['ExpiredToken', 'InvalidClientTokenId', 'SignatureDoesNotMatch'])('is nobody whom STS refuses (%s), though another STS is silent', async (code) => {
    aws.answer = (call) => (call.host.includes('us-west-2') ? { status: 500, type: 'xml', body: '' } : refusal(code));
    await expect(check()).rejects.toMatchObject({ name: code });
  });

  it('is let through where no STS answers in its time, which is said: a move must not need STS', { timeout: 3000 }, async () => {
    aws.answer = () => 'never';
    speed = 100;
    await check();
    expect(warned).toEqual([expect.stringMatching(/^whose credentials these are could not be checked \(STS in us-east-1: timed out/)]);
  });
});

describe('a command that changes something', () => {
  it.each([
    ['submit', ['submit', '-', '--key', 'x.csv', '--no-validate']],
    ['redrive', ['redrive', 'job']],
    ['reference load', ['reference', 'load', 'FILE']],
    ['guard --auto', ['guard', '--to', 'us-west-2', '--auto']],
  ])('asks that first: %s', async (_, words) => {
    aws.answer = (call) => (call.host.startsWith('sts.') ? identity('arn:aws:iam::999999999999:user/ann', '999999999999') : { status: 400, body: '{"__type":"ValidationException"}' });
    const file = path.join(aws.home, 'reference.csv');
    await writeFile(file, 'uuid,unitsSold,unitPrice,unitCost,totalRevenue,totalCost,totalProfit\n100000001,1,2,3,4,5,6\n');
    const { exitCode, stdout } = await capture([...words.map((word) => (word === 'FILE' ? file : word)), '-o', 'json'], aws.env, 'x');
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([4, { error: { code: 'WRONG_ACCOUNT' } }]);
    expect(aws.calls.filter((call) => /Put|Update|Delete|Start|PUT|POST/.test(call.operation) && !call.host.startsWith('sts.'))).toEqual([]);
    expect(await readdir(path.join(aws.home, 'state')).catch(() => [])).toEqual([]);
  });
});
