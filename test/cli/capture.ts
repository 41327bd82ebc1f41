import { Readable } from 'node:stream';
import { run } from '../../src/main.js';
import type { Environment } from '../../src/config/locations.js';
import type { OutputStream } from '../../src/ui/terminal.js';

export interface Captured {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export function capturedStream(options: { isTTY?: boolean } = {}): OutputStream & { text(): string } {
  const chunks: Buffer[] = [];
  return {
    write: (chunk) => {
      chunks.push(Buffer.from(chunk));
      return true;
    },
    isTTY: options.isTTY ?? false,
    columns: 100,
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

/** Runs the command line in this process and catches what it writes. */
export async function capture(argv: string[], env: Environment = {}, input = ''): Promise<Captured> {
  const stdout = capturedStream();
  const stderr = capturedStream();
  const exitCode = await run(argv, env, { stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]), stdout, stderr });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}
