import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/main.js';
import { capture, capturedStream } from './capture.js';
import { openSmallAws, type SmallAws } from './small-aws.js';

const content = 'uuid,Country\n1,\u001b]0;owned\u0007\u202eUtopia\n';
let aws: SmallAws;
let outputKey: string;

beforeEach(async () => {
  aws = await openSmallAws();
  const job = (): Record<string, unknown> => ({
    pk: { S: 'job#j' }, sk: { S: 'job' }, jobId: { S: 'j' }, key: { S: 'input/a.csv' }, versionId: { S: 'v' }, bytes: { N: '1' }, acceptedAt: { S: '2026-11-21T06:00:00Z' },
    acceptedBy: { S: 'us-east-1' }, status: { S: 'SUCCEEDED' }, notification: { S: 'SENT' }, outputKey: { S: outputKey }, outputVersionId: { S: 'w' }, outputRegion: { S: 'us-east-1' },
  });
  aws.answer = (call) => (call.operation === 'GET' ? { body: content } : { body: JSON.stringify({ Item: job() }) });
});
afterEach(() => aws.close());

describe('output', () => {
  it('into a folder writes one file in it, whatever the key is called', async () => {
    for (const [key, name] of [['output/../../../etc/cron.d/x', 'x'], ['output/..', 'j.csv'], ['output/.bashrc', 'bashrc'], ['output/-rf', 'rf'], ['output/a\\..\\b', 'a_.._b'], ['output/new\nline', 'new_line']] as const) {
      outputKey = key;
      expect((await capture(['output', 'j', '--out', `${aws.home}/`], aws.env)).exitCode).toBe(0);
      expect(await readFile(path.join(aws.home, name), 'utf8'), key).toBe(content);
    }
    expect((await readdir(aws.home)).sort()).toEqual(['a_.._b', 'bashrc', 'config', 'j.csv', 'new_line', 'rf', 'x']);
  });

  it('replaces nothing unasked, and writes through no link', async () => {
    outputKey = 'output/j/a.csv';
    const [mine, link] = [path.join(aws.home, 'mine'), path.join(aws.home, 'a.csv')];
    await writeFile(mine, 'precious');
    await symlink(mine, link);
    const refused = await capture(['output', 'j', '--out', `${aws.home}/`, '-o', 'json'], aws.env);
    expect([refused.exitCode, JSON.parse(refused.stdout)]).toMatchObject([3, { error: { code: 'FILE_EXISTS', nextSteps: ['To replace it, add --overwrite.'] } }]);
    expect((await capture(['output', 'j', '--out', link, '--overwrite'], aws.env)).exitCode).toBe(0);
    expect([await readFile(mine, 'utf8'), await readFile(link, 'utf8')]).toEqual(['precious', content]);
  });

  it('is only looked at on a terminal, and given byte for byte to a pipe', async () => {
    outputKey = 'output/j/a.csv';
    expect((await capture(['output', 'j'], aws.env)).stdout).toBe(content);
    const terminal = capturedStream({ isTTY: true });
    await run(['output', 'j'], aws.env, { stdin: Readable.from([]), stdout: terminal, stderr: capturedStream() });
    expect(terminal.text()).toBe('uuid,Country\n1,\\x1b]0;owned\\x07\\u202eUtopia\n');
  });
});
