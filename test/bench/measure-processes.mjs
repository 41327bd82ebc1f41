import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What Python's `wait4` tells of each subject's processes, by its name, one entry a round: seconds, CPU seconds, mebibytes. */
export function measureProcesses(subjects, rounds) {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', [fileURLToPath(new URL('whole_processes.py', import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk) => { said += chunk; });
    child.on('close', (code) => { if (code === 0) resolve(JSON.parse(said)); else reject(new Error(`the measurement ended with ${code}`)); });
    child.stdin.end(JSON.stringify({ rounds, subjects }));
  });
}

export const middle = (numbers) => [...numbers].sort((left, right) => left - right)[Math.floor(numbers.length / 2)];
export const rounded = (number) => Math.round(number * 100) / 100;
