import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TerminalEmulator } from './terminal-emulator.js';

export interface PseudoTerminal {
  readonly emulator: TerminalEmulator;
  /** Everything that was written, as it came. */
  raw(): string;
  press(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Waits until the screen's text (or all that was ever printed, where nothing is drawn) matches. */
  until(what: string | RegExp, timeoutMs?: number): Promise<void>;
  /** Resolves with the exit code of the command. */
  ended: Promise<number>;
  kill(): void;
}

/** Starts a command on a pseudo-terminal of the operating system and draws what it writes. */
export function onPseudoTerminal(command: string[], size: { columns: number; rows: number }, env: NodeJS.ProcessEnv): PseudoTerminal {
  const driver = spawn('python3', [fileURLToPath(new URL('pty-driver.py', import.meta.url)), String(size.columns), String(size.rows), ...command], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const emulator = new TerminalEmulator(size.columns, size.rows);
  const decoder = new TextDecoder();
  let raw = '';
  const tell = (order: object): void => { driver.stdin.write(`${JSON.stringify(order)}\n`); };
  const ended = new Promise<number>((resolve, reject) => {
    driver.on('error', reject);
    createInterface({ input: driver.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as { output?: string; exit?: number };
      if (message.output !== undefined) {
        const text = decoder.decode(Buffer.from(message.output, 'base64'), { stream: true });
        raw += text;
        emulator.write(text);
      }
      if (message.exit !== undefined) resolve(message.exit);
    });
  });
  return {
    emulator,
    raw: () => raw,
    press: (keys) => tell({ keys }),
    resize: (columns, rows) => {
      emulator.resize(columns, rows);
      tell({ columns, rows });
    },
    async until(what, timeoutMs = 15_000) {
      const deadline = Date.now() + timeoutMs;
      const shown = (): string => (emulator.alternate ? emulator.text() : emulator.history()).join('\n');
      const seen = (): boolean => (typeof what === 'string' ? shown().includes(what) : what.test(shown()));
      while (!seen()) {
        if (Date.now() > deadline) throw new Error(`never seen: ${String(what)}\n${shown()}`);
        await new Promise((resolve) => { setTimeout(resolve, 20); });
      }
    },
    ended,
    kill: () => { driver.stdin.end(); },
  };
}
