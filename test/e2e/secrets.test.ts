import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { searchForSecrets, type SecretSearch } from './secrets.js';

const secret = 'sandbox-secret-key-0123456789';
const link = 'https://abc.mrap.accesspoint.s3-global.amazonaws.com/output/x?X-Amz-Algorithm=AWS4&X-Amz-Signature=0123';
let home: string;
let search: SecretSearch;

beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'batchctl-secrets-'));
  await mkdir(path.join(home, 'sandbox'));
  await mkdir(path.join(home, 'state/batchctl/journals/sandbox'), { recursive: true });
  await writeFile(path.join(home, 'sandbox/sandbox.json'), JSON.stringify({ credentials: { secretAccessKey: secret } }));
  search = searchForSecrets(home, path.join(home, 'sandbox'));
});
afterEach(() => rm(home, { recursive: true }));

describe('the search for secrets', () => {
  it('finds them in what a command says', () => {
    expect(() => search.inOutput(['status'], 'all is well')).not.toThrow();
    expect(() => search.inOutput(['failover', '--to', 'us-west-2'], `error: ${secret}`)).toThrow('batchctl failover --to us-west-2 told a secret key');
    expect(() => search.inOutput(['-o', 'json', 'job', 'x'], link)).toThrow('told a presigned URL');
    expect(() => search.inOutput(['status'], 'token-of-a-session', { AWS_SESSION_TOKEN: 'token-of-a-session' })).toThrow('session token');
  });

  it('lets them stand where somebody asked for them', () => {
    expect(() => search.inOutput(['submit', 'x.csv', '--wait'], link)).not.toThrow();
    expect(() => search.inOutput(['sandbox', 'env'], `export AWS_SECRET_ACCESS_KEY=${secret}`)).not.toThrow();
    expect(() => search.inOutput(['submit', 'x.csv'], secret)).toThrow();
  });

  it.each(['state/batchctl/journals/sandbox/op.ndjson', 'sandbox/sandbox.log'])('finds them in %s', async (file) => {
    expect(() => search.inFiles()).not.toThrow();
    await writeFile(path.join(home, file), `{"why":"${link}"}`);
    expect(() => search.inFiles()).toThrow(`${file} holds a presigned URL`);
  });
});
