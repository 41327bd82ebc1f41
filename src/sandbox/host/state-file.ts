import path from 'node:path';
import { readFileIfAny, writeFileAtomically } from './files.js';

/** Everything that a restarted sandbox goes on from, except object bodies. */
export interface SavedState {
  schemaVersion: 1;
  savedAt: string;
  account: string;
  seed: number;
  /** How often this folder was started: each start draws other random numbers, or it would make old ids again. */
  starts: number;
  /** Of the cloud assembly that was deployed whole; undefined while a first deployment has not ended. */
  assemblyDigest?: string;
  world: unknown;
}

/** The saved state is there but cannot be used. */
export class SandboxStateError extends Error {
  constructor(file: string, why: string, options?: ErrorOptions) {
    super(`${file} cannot be used: ${why}; start afresh with \`batchctl sandbox reset\`, or put an intact copy back`, options);
    this.name = 'SandboxStateError';
  }
}

export function stateFile(dir: string): string {
  return path.join(dir, 'state.json');
}

/** Undefined when nothing was saved. Throws SandboxStateError. */
export async function readState(dir: string): Promise<SavedState | undefined> {
  const file = stateFile(dir);
  const text = await readFileIfAny(file);
  if (text === undefined) return undefined;
  let state: Partial<SavedState>;
  try {
    state = JSON.parse(text) as Partial<SavedState>;
  } catch (error) {
    throw new SandboxStateError(file, `it is not whole JSON (${(error as Error).message})`, { cause: error });
  }
  if (state.schemaVersion !== 1) throw new SandboxStateError(file, `its version ${String(state.schemaVersion)} is not one that this sandbox writes`);
  if (typeof state.account !== 'string' || typeof state.seed !== 'number' || typeof state.starts !== 'number' || state.world === undefined) {
    throw new SandboxStateError(file, 'parts of it are missing');
  }
  return state as SavedState;
}

export interface Persistence {
  /** Something changed: it will be on disk within about a second. */
  changed(): void;
  /** Writes now, and resolves when it is on disk. */
  save(): Promise<void>;
  lastSave(): { at: string; bytes: number; milliseconds: number } | undefined;
  lastError(): string | undefined;
  /** Stops the timer; does not save. */
  stop(): void;
}

const soonMs = 500;
/** A big world takes long to write: it is then written less often, so that saving stays below a tenth of the time. */
const writingShare = 10;
const longestMs = 10_000;

/** `collect` is called with no await in between, so that what is written is one moment of the whole world. */
export function createPersistence(dir: string, collect: () => SavedState, log: (line: string) => void): Persistence {
  let timer: NodeJS.Timeout | undefined;
  let dirty = false;
  let writing: Promise<void> | undefined;
  let last: { at: string; bytes: number; milliseconds: number } | undefined;
  let failure: string | undefined;

  const write = async (): Promise<void> => {
    dirty = false;
    const began = performance.now();
    const state = collect();
    const text = JSON.stringify(state);
    const busyMs = performance.now() - began;
    await writeFileAtomically(stateFile(dir), text);
    last = { at: state.savedAt, bytes: Buffer.byteLength(text), milliseconds: Math.round(busyMs) };
    failure = undefined;
  };
  /** One write at a time; a caller that comes during one gets the next, which holds its change. */
  const save = async (): Promise<void> => {
    while (writing) await writing.catch(() => undefined);
    writing = write().finally(() => { writing = undefined; });
    await writing;
  };
  const arm = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      save().catch((error: unknown) => {
        dirty = true;
        failure = (error as Error).message;
        log(`could not save the state: ${failure}`);
      }).finally(() => { if (dirty) arm(); });
    }, Math.min(Math.max(soonMs, (last?.milliseconds ?? 0) * writingShare), longestMs));
    timer.unref();
  };
  return {
    changed: () => { dirty = true; arm(); },
    save,
    lastSave: () => last,
    lastError: () => failure,
    stop: () => { clearTimeout(timer); timer = undefined; },
  };
}
