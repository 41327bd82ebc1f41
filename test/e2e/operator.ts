import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { searchForSecrets } from './secrets.js';
import { holdAgainstSchema } from './promised.js';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
const entry = path.join(repository, 'bin/batchctl.js');

export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Added to the environment, which holds nothing of the caller's but PATH. */
  env?: Record<string, string>;
  input?: string;
}

export interface StartOptions {
  /** How many times faster than real time the sandbox's own delays pass. */
  speed?: number;
  /** Templates with other choices; the default ones when left out. */
  assembly?: string;
}

/** Somebody at a terminal of a machine of their own: home, configuration, state and sandbox lie in one scratch folder. */
export interface Operator {
  readonly home: string;
  readonly sandbox: string;
  run(words: string[], options?: RunOptions): Promise<Ended>;
  /** The document that a command prints with `-o json`; throws with what it said when it does not end with `exitCode`. */
  document<Document>(words: string[], exitCode?: number): Promise<Document>;
  /** A file in the home folder. */
  write(name: string, content: string | Uint8Array): Promise<string>;
  read(name: string): Promise<Buffer>;
  startSandbox(options?: StartOptions): Promise<void>;
  fault(...words: string[]): Promise<void>;
  /** Ends the sandbox and deletes everything. */
  leave(): Promise<void>;
}

export async function createOperator(): Promise<Operator> {
  if (!existsSync(path.join(repository, 'dist/cli/launch.cjs'))) throw new Error('The command line has not been built: npm run prepare-tree');
  const home = await mkdtemp(path.join(os.tmpdir(), 'batchctl-e2e-'));
  const sandbox = path.join(home, 'sandbox');
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_CONFIG_HOME: path.join(home, 'config'), XDG_STATE_HOME: path.join(home, 'state') };
  await mkdir(path.join(home, 'work'));
  const secrets = searchForSecrets(home, sandbox);
  const run = (words: string[], options: RunOptions = {}): Promise<Ended> => new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [entry, ...words], { cwd: path.join(home, 'work'), env: { ...env, ...options.env }, maxBuffer: 64 * 1024 * 1024, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') {
        reject(error);
        return;
      }
      try {
        holdAgainstSchema(words, stdout);
        secrets.inOutput(words, stdout + stderr, options.env);
      } catch (broken) {
        reject(broken as Error);
        return;
      }
      resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr });
    });
    child.stdin?.end(options.input ?? '');
  });
  const must = async (words: string[], exitCode = 0): Promise<Ended> => {
    const ended = await run(words);
    if (ended.exitCode !== exitCode) throw new Error(`batchctl ${words.join(' ')} ended with ${ended.exitCode} instead of ${exitCode}\n${ended.stdout}\n${ended.stderr}`);
    return ended;
  };
  return {
    home,
    sandbox,
    run,
    document: async <Document>(words: string[], exitCode = 0) => JSON.parse((await must([...words, '-o', 'json'], exitCode)).stdout) as Document,
    async write(name, content) {
      const file = path.join(home, 'work', name);
      // Private, as files with keys in them should be: others are warned about.
      await writeFile(file, content, { mode: 0o600 });
      return file;
    },
    read: (name) => readFile(path.join(home, 'work', name)),
    async startSandbox(options = {}) {
      await must(['sandbox', 'start', '--detach', '--dir', sandbox, '--references', '0', '--speed', String(options.speed ?? 10), ...(options.assembly === undefined ? [] : ['--assembly', options.assembly])]);
    },
    async fault(...words) {
      await must(['sandbox', 'fault', ...words, '--dir', sandbox]);
    },
    async leave() {
      await run(['sandbox', 'stop', '--dir', sandbox]);
      try {
        secrets.inFiles();
      } finally {
        await rm(home, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
}
