import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), 'batchctl-package-'));
const prefix = path.join(scratch, 'prefix');
const home = path.join(scratch, 'home');
/** Unpacked and as it travels. Whoever adds megabytes should know. */
const mostPackedBytes = 4 * 1024 * 1024;

let packed: { filename: string; size: number; files: { path: string }[] };

/** Somebody who has Node and this one file: no network, and nobody's node_modules in reach. */
function batchctl(words: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const env = { PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin`, HOME: home };
  return new Promise((resolve) => {
    execFile(path.join(prefix, 'bin/batchctl'), words, { cwd: home, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

describe('the package', () => {
  beforeAll(() => {
    mkdirSync(home);
    const told = execFileSync('npm', ['pack', '--json', '--pack-destination', scratch], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    packed = (JSON.parse(told.slice(told.indexOf('[\n'))) as [typeof packed])[0];
    execFileSync('npm', ['install', '--global', '--offline', '--prefix', prefix, '--no-audit', '--no-fund', path.join(scratch, packed.filename)], {
      cwd: home, env: { PATH: process.env['PATH'] ?? '', HOME: home }, stdio: 'inherit',
    });
  });
  afterAll(async () => {
    await batchctl(['sandbox', 'stop']);
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  });

  it('is small, needs no other package, and holds what it runs and nothing else', () => {
    expect(statSync(path.join(scratch, packed.filename)).size).toBeLessThan(mostPackedBytes);
    expect(readdirSync(path.join(prefix, 'lib/node_modules'))).toEqual(['batchctl']);
    expect(readdirSync(path.join(prefix, 'lib/node_modules/batchctl'))).not.toContain('node_modules');
    const places = new Set(packed.files.map((file) => file.path.split('/').slice(0, file.path.startsWith('dist/') ? 2 : 1).join('/')));
    expect([...places].sort()).toEqual(['LICENSE', 'README.md', 'bin', 'dist/THIRD-PARTY-NOTICES.txt', 'dist/cdk.out', 'dist/cli', 'package.json']);
  });

  it('names whose code it holds', () => {
    const notices = readFileSync(path.join(prefix, 'lib/node_modules/batchctl/dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['commander', 'zod', 'ink', 'react', 'piscina', 'jsonata', '@aws-sdk/client-s3', '@smithy/core']) expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
    expect(notices).toContain('Apache License');
  });

  it('starts through the link that npm makes', async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await batchctl(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('shows the demo', async () => {
    const { exitCode, stdout } = await batchctl(['demo']);
    expect(stdout).not.toBe('');
    expect(exitCode).toBe(0);
  });

  it('rehearses a move', async () => {
    const { exitCode, stderr } = await batchctl(['drill', '--scenario', 'planned-move', '-o', 'json']);
    expect(exitCode, stderr).toBe(0);
  });

  it('inspects a sandbox of its own', async () => {
    expect((await batchctl(['sandbox', 'start', '--detach'])).exitCode).toBe(0);
    const { stdout } = await batchctl(['-d', 'sandbox', 'doctor', '-o', 'json']);
    expect(JSON.parse(stdout)).toHaveProperty('schemaVersion');
  });
});
