import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { OperationEvent } from '../core/operation.js';
import { foldOperation } from '../core/operation-fold.js';
import type { LocalJournal } from '../workflow/ports.js';

interface Line {
  sequence: number;
  event: OperationEvent;
}

const suffix = '.ndjson';

/** A link in a journal's place would have plans written to wherever it leads. Windows has no such flag, and few such links. */
const { O_RDONLY, O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW = 0 } = constants;

/** A file a operation, a line an event, each on disk before the operation goes on. Owner-only, as plans name customers' keys. */
export function createLocalJournal(directory: string): LocalJournal {
  const fileOf = (operationId: string): string => path.join(directory, `${operationId.replace(/[^\w.-]/g, '_')}${suffix}`);

  async function read(operationId: string): Promise<OperationEvent[]> {
    try {
      return parseLines(await readFile(fileOf(operationId), { encoding: 'utf8', flag: O_RDONLY | O_NOFOLLOW }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  return {
    async append(operationId, sequence, event) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const file = await open(fileOf(operationId), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
      try {
        const separator = await endsMidLine(file) ? '\n' : '';
        await file.appendFile(`${separator}${JSON.stringify({ sequence, event } satisfies Line)}\n`);
        await file.datasync();
      } finally {
        await file.close();
      }
    },
    read,
    list: () => operationIds(directory),
    async latestUnfinished() {
      // Operation ids begin with their time, so the last in order is the newest.
      for (const operationId of (await operationIds(directory)).reverse()) {
        const view = foldOperation(await read(operationId));
        if (view && isUnfinished(view.result?.outcome)) return operationId;
      }
      return undefined;
    },
  };
}

/** `interrupted` ended the command, not the operation. */
function isUnfinished(outcome: string | undefined): boolean {
  return outcome === undefined || outcome === 'interrupted' || outcome === 'failed';
}

async function operationIds(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A crash may leave half a line at the end; the next event must not be written on to it. */
async function endsMidLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString('latin1') !== '\n';
}

/**
 * The events from the first up to where one is missing. Half a line was never acknowledged, so it counts as absent. Of a
 * repeated sequence the last one counts: it is the one that the ledger has.
 */
function parseLines(text: string): OperationEvent[] {
  const events = new Map<number, OperationEvent>();
  for (const line of text.split('\n')) {
    try {
      const { sequence, event } = JSON.parse(line) as Line;
      events.set(sequence, event);
    } catch {
      continue;
    }
  }
  const whole: OperationEvent[] = [];
  for (let event = events.get(0); event; event = events.get(whole.length)) whole.push(event);
  return whole;
}
