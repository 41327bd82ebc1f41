import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { repository } from '../operator.js';

export interface Typed {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Somebody who types lines into a shell in which `batchctl` is a command, in a home folder of their own. */
export interface Shell {
  readonly home: string;
  /** Ends the line with Ctrl-C after `interruptAfterMs`, for commands that go on until then. */
  type(line: string, interruptAfterMs?: number): Promise<Typed>;
  document<Document>(line: string): Promise<Document>;
  write(name: string, text: string): Promise<void>;
  read(name: string): Promise<string>;
  leave(): Promise<void>;
}

export async function openShell(): Promise<Shell> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'batchctl-examples-'));
  const bin = path.join(home, 'bin');
  for (const folder of [bin, path.join(home, '.local/share/bash-completion/completions'), path.join(home, '.zfunc'), path.join(home, '.config/fish/completions'), path.join(home, 'work')]) await mkdir(folder, { recursive: true });
  await writeFile(path.join(bin, 'batchctl'), `#!/bin/sh\nexec '${process.execPath}' '${path.join(repository, 'bin/batchctl.js')}' "$@"\n`, { mode: 0o755 });
  // The AWS command line need not be there: what it is given is what counts.
  await writeFile(path.join(bin, 'aws'), '#!/bin/sh\necho "aws $* at ${AWS_ENDPOINT_URL:?}"\n', { mode: 0o755 });
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: home, TMPDIR: home };
  const shell: Shell = {
    home,
    type: (line, interruptAfterMs) => new Promise((resolve) => {
      const child = spawn('bash', ['-c', line], { cwd: path.join(home, 'work'), env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString(); });
      child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
      // As a terminal does: the whole group gets it.
      const timer = interruptAfterMs === undefined ? undefined : setTimeout(() => { if (child.pid) process.kill(-child.pid, 'SIGINT'); }, interruptAfterMs);
      child.once('close', (code) => {
        clearTimeout(timer);
        resolve({ exitCode: code ?? -1, stdout, stderr });
      });
    }),
    document: async <Document>(line: string) => JSON.parse((await shell.type(`${line} -o json`)).stdout) as Document,
    write: (name, text) => writeFile(path.join(home, 'work', name), text),
    read: (name) => readFile(path.join(home, 'work', name), 'utf8'),
    async leave() {
      await shell.type('batchctl sandbox stop; batchctl sandbox stop --dir /tmp/two-regions');
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return shell;
}
