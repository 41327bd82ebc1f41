import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleDeployment } from '../config/sample-deployment.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const home = mkdtempSync(path.join(tmpdir(), 'batchctl-loads-'));

interface Ended { exitCode: number; stdout: string; files: string[]; packages: string[] }

/** Runs the command that was built, and tells which of its files it loaded and whose code they hold. */
function run(words: string[]): Promise<Ended> {
  const contents = JSON.parse(readFileSync(path.join(root, 'dist/contents/cli.json'), 'utf8')) as Record<string, string[]>;
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, NODE_DEBUG: 'batchctl' };
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(root, 'bin/batchctl.js'), ...words], { env, encoding: 'utf8' }, (error, stdout, stderr) => {
      const files = [...stderr.matchAll(/^loads (.+)$/gm)].map((match) => match[1] as string);
      const packages = files.flatMap((file) => contents[`cli/${file}`] ?? [`unknown file ${file}`]).map((name) => name.replace('node_modules/', ''));
      resolve({ exitCode: error ? Number(error.code) : 0, stdout, files, packages: [...new Set(packages)].sort() });
    });
  });
}

const services = (packages: string[]): string[] => packages.filter((name) => name.startsWith('@aws-sdk/client-')).map((name) => name.slice('@aws-sdk/client-'.length));
const screens = ['react', 'ink', 'yoga-layout'];
const spinner = 'ora';

describe('what a command loads', () => {
  beforeAll(() => {
    const directory = path.join(home, '.config/batchctl');
    mkdirSync(directory, { recursive: true });
    // Nothing listens there: every call is refused at once, and what is loaded for it has been loaded.
    const nowhere = { transport: { connectTo: [{ host: '.', port: 1 }] }, credentials: { accessKeyId: 'AKIASANDBOXEXAMPLE00', secretAccessKey: 's' } };
    writeFileSync(path.join(directory, 'sample.json'), JSON.stringify(sampleDeployment(nowhere)));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('--version: next to nothing, and it leaves no cache behind', async () => {
    const { stdout, packages } = await run(['--version']);
    expect(stdout).toBe(`${(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }).version}\n`);
    expect(packages).toEqual([]);
    expect(existsSync(path.join(home, '.cache'))).toBe(false);
  });

  it.each([['--help'], ['failover --help'], ['help exit-codes'], ['completion bash'], ['sandbox sample --rows 1']])('%s: the parser', async (line) => {
    const { exitCode, packages } = await run(line.split(' '));
    expect(exitCode).toBe(0);
    expect(packages).toEqual(['commander']);
  });

  it('sandbox status: no SDK, for there is nothing to ask AWS', async () => {
    const { packages } = await run(['sandbox', 'status']);
    expect(services(packages)).toEqual([]);
    expect(packages).not.toContain('zod');
  });

  it('status: the services that it asks, and no screen', async () => {
    const { packages } = await run(['status', '-o', 'json']);
    expect(services(packages)).toEqual(['cloudwatch', 'dynamodb', 'lambda', 'route53-recovery-cluster', 's3', 's3-control', 'sfn']);
    for (const unseen of [...screens, spinner, '@aws-sdk/signature-v4a']) expect(packages).not.toContain(unseen);
  });

  it('doctor, submit: what signs for all Regions, as the access point needs it', async () => {
    writeFileSync(path.join(home, 'orders.csv'), 'uuid\n');
    for (const words of [['doctor'], ['submit', path.join(home, 'orders.csv')]]) expect((await run(words)).packages).toContain('@aws-sdk/signature-v4a');
  });

  it('the screens are where ink is, and ARC\'s second SDK is nowhere', () => {
    const contents = JSON.parse(readFileSync(path.join(root, 'dist/contents/cli.json'), 'utf8')) as Record<string, string[]>;
    const holding = (name: string): string[] => Object.keys(contents).filter((file) => contents[file]?.includes(`node_modules/${name}`));
    for (const screen of screens) for (const file of holding(screen)) expect(file).toMatch(/^cli\/screen-.*\.mjs$/);
    expect(holding('@aws-sdk/client-route53-recovery-control-config')).toEqual([]);
    expect(readdirSync(path.join(root, 'dist/cli')).filter((file) => file.startsWith('screen-'))).not.toEqual([]);
  });
});
