import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

/** Each run loads the whole CDK. */
vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeAll(async () => {
  // Inside the repository, because the built app finds aws-cdk-lib by looking upwards.
  mkdirSync(path.join(root, 'dist'), { recursive: true });
  folder = mkdtempSync(path.join(root, 'dist/app-test-'));
  await build({ absWorkingDir: root, entryPoints: ['infra/app.ts'], outfile: path.join(folder, 'infra/app.mjs'), bundle: true, platform: 'node', format: 'esm', packages: 'external' });
});

afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

/** Runs the app as the CDK command line does, with `context` in its environment. */
function run(context: Record<string, string>) {
  return spawnSync(process.execPath, [path.join(folder, 'infra/app.mjs')], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify(context), CDK_OUTDIR: path.join(folder, 'cdk.out') },
  });
}

describe('the app', () => {
  it('refuses Regions without a strongly consistent ledger in plain words, and exits with 2', () => {
    const { status, stderr } = run({ standby: 'eu-west-1' });
    expect(status).toBe(2);
    expect(stderr).toContain('us-east-1 and eu-west-1 cannot share a strongly consistent ledger');
    expect(stderr).toContain('eu-west-1, eu-west-2, eu-west-3, eu-central-1');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('says which function is not built', () => {
    const { status, stderr } = run({});
    expect(status).not.toBe(0);
    expect(stderr).toContain('the function resources is not built');
  });
});
