// A copy of the tree in which protections can be taken away while the tree itself stays as it is.
import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutProtection } from './replace.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const git = (folder, ...words) => execFileSync('git', ['-C', folder, ...words], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });

/** Of everything that belongs to the tree, with the dependencies and what was built shared by links. */
export async function createScratch() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'batchctl-removals-'));
  for (const file of git(root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0').filter((each) => each !== '')) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await cp(path.join(root, file), path.join(folder, file), { force: true }).catch((error) => {
      // Deleted, and not committed yet.
      if (error.code !== 'ENOENT') throw error;
    });
  }
  for (const shared of ['node_modules', 'dist']) await symlink(path.join(root, shared), path.join(folder, shared), 'dir');
  // One of the tests asks git which files there are.
  git(folder, 'init', '--quiet');
  git(folder, 'add', '--all');
  // As they were when the copy was made: the tree itself may change meanwhile.
  const originals = new Map();
  const original = async (file) => {
    if (!originals.has(file)) originals.set(file, await readFile(path.join(folder, file), 'utf8'));
    return originals.get(file);
  };
  return {
    async apply(changes) {
      for (const file of new Set(changes.map((change) => change.file))) {
        const text = changes.filter((change) => change.file === file).reduce(withoutProtection, await original(file));
        await writeFile(path.join(folder, file), text);
      }
    },
    async restore(changes) {
      for (const { file } of changes) await writeFile(path.join(folder, file), await original(file));
    },
    test: (files) => runTests(folder, files),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** A test that a removal sends into an endless loop tells nothing, and must not keep the others waiting. */
const longestMs = 180_000;

/** What vitest found: every failed test with what it said, and files that could not even be loaded. */
async function runTests(folder, files) {
  const report = path.join(folder, 'report.json');
  await rm(report, { force: true });
  const said = await new Promise((resolve) => {
    execFile(process.execPath, [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/vitest.config.ts', '--reporter=json', `--outputFile=${report}`, ...files],
      { cwd: folder, maxBuffer: 64 * 1024 * 1024, timeout: longestMs, killSignal: 'SIGKILL', env: { ...process.env, FUZZ_RUNS: '30' } }, (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`));
  });
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: false, failures: [], unloadable: [`no report within ${longestMs / 1000} s: ${said.trim().slice(-300).replaceAll('\n', ' ')}`] };
  const results = JSON.parse(text);
  return {
    passed: results.success,
    failures: results.testResults.flatMap(({ assertionResults }) => assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => ({ test: fullName, message: failureMessages.join('\n') }))),
    unloadable: results.testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).map(({ name, message }) => `${name}: ${message}`),
  };
}
