import { spawn } from 'node:child_process';
import path from 'node:path';
import { repository, type Operator } from './operator.js';

export interface Screen {
  exitCode: number;
  /** Everything that was shown, escape sequences and all. */
  text: string;
}

/** Runs a command on a pseudo-terminal (`script` of util-linux has one) and types `answer` when `question` shows up. */
export function onTerminal(operator: Operator, words: string[], question: string, answer: string): Promise<Screen> {
  const { home } = operator;
  const env = { PATH: process.env['PATH'] ?? '', TERM: 'xterm-256color', HOME: home, XDG_CONFIG_HOME: path.join(home, 'config'), XDG_STATE_HOME: path.join(home, 'state') };
  return new Promise((resolve) => {
    const command = [process.execPath, path.join(repository, 'bin/batchctl.js'), ...words].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qfec', command, '/dev/null'], { env, cwd: home });
    let text = '';
    let answered = false;
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (answered || !text.includes(question)) return;
      answered = true;
      child.stdin.write(answer);
    });
    child.on('close', (code) => resolve({ exitCode: code ?? -1, text }));
  });
}
