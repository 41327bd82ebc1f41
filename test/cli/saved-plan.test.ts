import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from './capture.js';
import { openSmallAws, type SmallAws } from './small-aws.js';

let aws: SmallAws;
beforeEach(async () => { aws = await openSmallAws(); });
afterEach(() => aws.close());

const saved = { schemaVersion: 1, fingerprint: 'f', kind: 'failover', mode: 'graceful', to: 'us-west-2', from: 'us-east-1', deployment: 'sample', account: '111122223333', facts: {} };

/** What `--plan` says of a file, before anything was asked. */
async function run(content: unknown, words = ['failover', '--plan']): Promise<unknown> {
  const file = path.join(aws.home, 'plan.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  const { exitCode, stdout } = await capture([...words, file, '--yes', '-o', 'json'], aws.env);
  expect(aws.calls).toEqual([]);
  return { exitCode, ...JSON.parse(stdout) as object };
}

describe('a saved plan', () => {
  it.each([
    ['another deployment', { deployment: 'production' }],
    ['a deployment of the same name in another account', { account: '999999999999' }],
  ])('of %s moves nothing', async (_, changes) => {
    expect(await run({ ...saved, ...changes })).toMatchObject({ exitCode: 3, error: { code: 'OTHER_DEPLOYMENT' } });
  });

  it.each([
    ['cut off', JSON.stringify(saved).slice(0, 60)],
    ['empty', ''],
    ['of a newer version', { ...saved, schemaVersion: 2 }],
    ['a deployment file', { schemaVersion: 1, name: 'sample' }],
    ['no object', 'null'],
  ])('that is %s is none', async (_, content) => {
    expect(await run(content)).toMatchObject({ exitCode: 2, error: { code: 'PLAN_INVALID', nextSteps: [expect.any(String)] } });
  });

  it('of a failover is not run by failback', async () => {
    expect(await run(saved, ['failback', '--plan'])).toMatchObject({ exitCode: 2, error: { code: 'PLAN_MISMATCH' } });
  });
});
