// What `status --watch` costs as a whole process: a real sandbox that holds real open jobs, its calls and its screen.
// node test/bench/watch-command.mjs [JOBS] [MINUTES]          (Linux: it reads /proc, and needs `script` of util-linux)
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [jobs = 1000, minutes = 10] = process.argv.slice(2).map(Number);
const entry = fileURLToPath(new URL('../../bin/batchctl.js', import.meta.url));
const home = mkdtempSync(path.join(os.tmpdir(), 'batchctl-watch-'));
const sandbox = ['--dir', path.join(home, 'sandbox')];
const env = { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: path.join(home, 'config'), XDG_STATE_HOME: path.join(home, 'state'), TERM: 'xterm-256color', COLUMNS: '120', LINES: '40' };
const batchctl = (...words) => execFileSync(process.execPath, [entry, ...words], { env, cwd: home, encoding: 'utf8', maxBuffer: 2 ** 26 });
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Jobs stay open while Step Functions starts nothing. */
function holdJobs() {
  batchctl('sandbox', 'start', '--detach', '--references', '0', ...sandbox);
  batchctl('sandbox', 'fault', 'service', 'states@us-east-1', 'throttle', ...sandbox);
  mkdirSync(path.join(home, 'files'));
  const text = batchctl('sandbox', 'sample', '--rows', '2');
  const files = Array.from({ length: jobs }, (_, index) => path.join(home, 'files', `held-${index + 1}.csv`));
  for (const file of files) writeFileSync(file, text);
  batchctl('submit', ...files, '-o', 'json');
  const { jobs: now } = JSON.parse(batchctl('status', '-o', 'json'));
  return now.running + now.held;
}

/** The watch on a terminal of its own. After each minute it collects its garbage and notes what is left. */
function openWatch() {
  const heaps = path.join(home, 'heaps');
  const note = `import{appendFileSync}from'node:fs';setInterval(()=>{gc();appendFileSync(${JSON.stringify(heaps)},process.memoryUsage().heapUsed+'\\n')},60000).unref();appendFileSync(${JSON.stringify(`${heaps}.pid`)},String(process.pid))`;
  const command = [process.execPath, '--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(note).replaceAll("'", '%27')}`, entry, 'status', '--watch'].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qfec', `stty rows 40 cols 120; exec ${command}`, '/dev/null'], { env, cwd: home, stdio: ['pipe', 'pipe', 'ignore'] });
  let bytes = 0;
  child.stdout.on('data', (chunk) => { bytes += chunk.length; });
  return { child, heaps: () => readFileSync(heaps, 'utf8').trim().split('\n').map((line) => Math.round((Number(line) / 2 ** 20) * 10) / 10), pid: () => Number(readFileSync(`${heaps}.pid`, 'utf8')), bytes: () => bytes };
}

function cpuSecondsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

try {
  const open = holdJobs();
  const watch = openWatch();
  // Starting up is not watching.
  await pause(30_000);
  const pid = watch.pid();
  const before = { cpu: cpuSecondsOf(pid), at: performance.now() };
  for (let key = 0; key < minutes * 4; key += 1) {
    await pause(15_000);
    watch.child.stdin.write(key % 2 ? '\u001b[A' : '\u001b[B');
  }
  const seconds = (performance.now() - before.at) / 1000;
  const cpuPercent = Math.round(((cpuSecondsOf(pid) - before.cpu) / seconds) * 1000) / 10;
  const heapMiB = watch.heaps();
  watch.child.stdin.write('q');
  await new Promise((resolve) => { watch.child.once('close', resolve); });
  process.stdout.write(`${JSON.stringify({ openJobs: open, seconds: Math.round(seconds), cpuPercent, heapMiB, kibibytesDrawn: Math.round(watch.bytes() / 1024), loadAverage: os.loadavg()[1] })}\n`);
} finally {
  batchctl('sandbox', 'stop', ...sandbox);
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
