// Starts bundled simulators and reads what they say.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { root } from './build-simulator.mjs';

const assembly = path.join(root, 'dist/cdk.out');
/** Most of what a run makes dies young, and stack traces of expected errors cost more than the errors. */
const nodeFlags = ['--max-semi-space-size=64', '--no-warnings'];

/** Runs one simulator; `onReport` gets each line it writes. Rejects when it ends badly. Returns how to end it. */
export function startSimulator(bundle, args, { onReport, onText = () => undefined, traces = false } = {}) {
  const child = spawn(process.execPath, [...nodeFlags, `--stack-trace-limit=${traces ? 30 : 4}`, bundle, '--assembly', assembly, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk) => { complaint = `${complaint}${chunk}`.slice(-4000); });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => { if (line.startsWith('{')) onReport?.(JSON.parse(line)); else onText(line); });
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0 || child.stopped) resolve();
      else reject(new Error(`the simulator ended with ${signal ?? code}:\n${complaint}`));
    });
  });
  return { ended, stop: () => { child.stopped = true; child.kill(); } };
}
