// Makes a fresh clone ready, and a stale tree fresh: installs when the lock file changed, rebuilds when sources did.
// `npm run demo` and `npm test` both start here, so that each works as the only command a newcomer types.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => path.join(root, ...parts);

function say(text) {
  process.stderr.write(`batchctl: ${text}\n`);
}

function run(command, args, options = {}) {
  // npm's own chatter belongs to stderr here: stdout is for what the user asked to see.
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
}

function digest(paths) {
  const hash = createHash('sha256').update(process.version);
  const visit = (entry) => {
    const full = at(entry.path);
    if (entry.isDirectory) {
      for (const child of readdirSync(full, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
        if (child.name === 'node_modules' || child.name === 'cdk.out' || child.name.startsWith('.')) continue;
        visit({ path: path.join(entry.path, child.name), isDirectory: child.isDirectory() });
      }
    } else if (!/\.md$/.test(entry.path)) {
      hash.update(entry.path).update(readFileSync(full));
    }
  };
  for (const entry of paths) visit({ path: entry, isDirectory: !/\.[a-z]+$/.test(entry) });
  return hash.digest('hex');
}

/** Runs `work` when the digest of `paths` differs from the one kept in `stamp`. */
function unlessFresh(stamp, paths, work) {
  const now = digest(paths);
  if (existsSync(at(stamp)) && readFileSync(at(stamp), 'utf8') === now) return;
  work();
  mkdirSync(path.dirname(at(stamp)), { recursive: true });
  writeFileSync(at(stamp), now);
}

unlessFresh('node_modules/.batchctl-installed', ['package.json', 'package-lock.json'], () => {
  say('installing dependencies (about half a minute, once) …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
});

unlessFresh('dist/.built', ['src', 'infra', '.ci/build.mjs', '.ci/build-cli.mjs', 'package.json', 'package-lock.json'], () => {
  say('building the command line …');
  run(process.execPath, ['.ci/build.mjs', 'cli']);
  say('building the functions and synthesising the infrastructure …');
  run('npm', ['run', '--silent', 'synth']);
});
