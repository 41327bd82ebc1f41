import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { stateDirectory } from '../config/locations.js';
import type { GuardVerdict } from '../core/guard.js';
import type { CommandContext } from './context.js';

/** What a guard decided, and when: a line each time that it changed its mind, and one for every move that it made. */
export type GuardEntry =
  | { type: 'guard-started'; at: string; deployment: string; to: string; auto: boolean; operator: string; holdSeconds: number }
  | { type: 'guard-decided'; at: string; verdict: GuardVerdict }
  | { type: 'guard-refused'; at: string; code: string; message: string }
  | { type: 'guard-ended'; at: string; because: 'moved' | 'arrived' | 'stopped' };

export interface GuardJournal {
  readonly file: string;
  record(entry: GuardEntry): Promise<void>;
}

/** Beside the journals of operations, in a folder of its own, owner-only. */
export function createGuardJournal(context: CommandContext, deployment: string): GuardJournal {
  const directory = path.join(stateDirectory(context.env), 'guards', deployment);
  const file = path.join(directory, `${context.clock.now().toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-${process.pid}.ndjson`);
  return {
    file,
    async record(entry) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await appendFile(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    },
  };
}
