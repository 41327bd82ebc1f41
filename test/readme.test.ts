import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../src/cli/program.js';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(path.join(repository, 'README.md'), 'utf8');
const scripts = (JSON.parse(await readFile(path.join(repository, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts;

/** The commands of the code blocks that are labelled `label`, blank lines left out. */
function blocks(label: string): string[] {
  return [...readme.matchAll(/^```(.+)\n([^]*?)^```$/gm)].flatMap(([, found, text]) => (found === label ? [text ?? ''] : []));
}

describe('the README', () => {
  it('has a tutorial that works as it stands', { timeout: 280_000 }, async () => {
    const home = await mkdtemp(path.join(os.tmpdir(), 'batchctl-readme-'));
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home };
    try {
      const tutorial = blocks('sh').join('\n').replace(/^npm run .*prepare-tree$/m, ': # this test runs after it');
      const { stdout } = await run('bash', ['-c', `set -e\n${tutorial}`], { cwd: repository, env, maxBuffer: 16 * 1024 * 1024 });
      for (const seen of ['✔ SUCCEEDED', '✖ impaired', 'failover to us-west-2   ✔ GO', '✔ done  failover us-east-1 → us-west-2', '✔ done  failback us-west-2 → us-east-1']) expect(stdout).toContain(seen);
    } finally {
      await run(process.execPath, ['bin/batchctl.js', 'sandbox', 'stop'], { cwd: repository, env }).catch(() => undefined);
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    }
  });

  it('names commands and flags that exist, also where AWS is needed', async () => {
    const typed = [
      ...blocks('sh aws').flatMap((block) => block.split('\n')).filter((line) => line.startsWith('batchctl ')),
      ...[...readme.matchAll(/`(batchctl [^`]+)`/g)].map((match) => match[1] ?? ''),
    ].filter((line) => !line.includes('…'));
    expect(typed.length).toBeGreaterThan(10);
    for (const line of typed) await parses(line.split(/\s+/).slice(1));
  });

});

/** Commands that npm has without anybody's scripts. */
const npmsOwn = ['ci', 'install', 'pack'];

/** The examples of the command reference are typed, all of them, by `npm run test:examples`. */
describe.each(['README.md', ...await readmesBelow('src'), ...await readmesBelow('infra'), ...await readmesBelow('test')])('%s', (file) => {
  const text = readFileSync(path.join(repository, file), 'utf8');

  it('names npm scripts that exist', () => {
    for (const [, name = ''] of text.matchAll(/npm run (?:--silent )?([a-z][a-z:-]*)/g)) expect(Object.keys(scripts)).toContain(name);
    for (const [, name = ''] of text.matchAll(/`npm ([a-z][a-z-]*)`/g)) expect([...Object.keys(scripts), ...npmsOwn]).toContain(name);
  });

  it('names commands and flags that exist', async () => {
    for (const [, line = ''] of text.matchAll(/`(batchctl [^`|]+)`/g)) if (!/…|<|\\/.test(line)) await parses(line.split(/\s+/).slice(1));
  });

  it('names files that exist, in links and in what is to be typed', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '').filter((target) => !target.startsWith('http')).map((target) => path.join(path.dirname(file), target));
    const typed = [...text.matchAll(/\b(?:node|vitest run --config) ((?:test|src|infra|\.ci|bin)\/[\w./-]+)(?: ((?:test|src|infra)\/[\w./-]+))?/g)].flatMap((match) => [match[1], match[2]].filter((each) => each !== undefined));
    for (const target of [...links, ...typed]) expect(existsSync(path.join(repository, target)), target).toBe(true);
  });
});

async function readmesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(path.join(repository, folder), { recursive: true });
  return entries.filter((entry) => path.basename(entry) === 'README.md' && !entry.includes('node_modules')).map((entry) => path.join(folder, entry));
}

/** Parses as the program does, and does nothing: every command ends in one call of `start`. */
async function parses(words: string[]): Promise<void> {
  let started = 0;
  const program = buildProgram(() => { started += 1; return Promise.resolve(); }, '0.0.0');
  const quieten = (command: typeof program): void => {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    command.commands.forEach(quieten);
  };
  quieten(program);
  await program.parseAsync(words, { from: 'user' }).catch((error: unknown) => { throw new Error(`batchctl ${words.join(' ')}: ${String(error)}`); });
  expect(started, words.join(' ')).toBe(1);
}
