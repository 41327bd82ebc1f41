import type { Random } from '../../src/sandbox/random.js';
import { between, chance, oneOf } from '../simulation/simulator/dice.js';
import { home, standby } from '../e2e/scene.js';
import type { MoveDocument, StatusDocument } from '../e2e/documents.js';
import type { Listening } from './listening.js';
import { pause } from './pause.js';

export interface Mover {
  /** How moves ended, with the code of a refusal, and how many were killed. */
  readonly outcomes: Record<string, number>;
  moveBackAndForth(signal: AbortSignal): Promise<void>;
  /** Goes on with whatever was left unfinished; true when nothing is left. */
  finishWhatBegan(): Promise<boolean>;
}

interface Assessment extends StatusDocument {
  recommendation: StatusDocument['recommendation'] & { rpo: { objects: number | null }; acknowledge: { name: string }[] };
}

/** Results that are no refusal say `error: null`. */
function refusalIn(events: readonly Record<string, unknown>[]): Refusal | undefined {
  return events.findLast((event) => event['error'] !== undefined && event['error'] !== null)?.['error'] as Refusal | undefined;
}

interface Refusal {
  code: string;
  message: string;
}

export function createMover(listening: Listening, dice: Random, say: (text: string) => void): Mover {
  const outcomes: Record<string, number> = {};
  const count = (what: string): void => { outcomes[what] = (outcomes[what] ?? 0) + 1; };

  async function run(words: string[], killAfterEvents: number): Promise<void> {
    let events = 0;
    const ended = await listening.drive(words, {
      onEvent(_, send) {
        events += 1;
        if (events === killAfterEvents) send('SIGKILL');
      },
    });
    if (ended.signal !== null) return count('killed');
    const result = ended.events.findLast((event) => event.type === 'result') as MoveDocument | undefined;
    const refusal = refusalIn(ended.events);
    if (refusal !== undefined) say(`refused: ${refusal.code}: ${refusal.message.slice(0, 300)}`);
    count(result?.outcome ?? refusal?.code ?? `exit ${ended.exitCode}`);
  }

  async function move(): Promise<void> {
    const asked = await listening.run(['status', '-o', 'json']);
    if (asked.exitCode !== 0) return count('no status');
    const active = (JSON.parse(asked.stdout) as StatusDocument).routing.activeRegion;
    const to = active === home ? standby : home;
    const mode = oneOf(dice, ['auto', 'graceful', 'ungraceful']);
    const assessed = await listening.run(['assess', '--to', to, ...(mode === 'auto' ? [] : ['--mode', mode]), '-o', 'json']);
    const objects = assessed.stdout.startsWith('{') ? (JSON.parse(assessed.stdout) as Assessment).recommendation?.rpo?.objects : null;
    const accepted = mode === 'graceful' ? [] : ['--accept-data-loss', String(objects ?? 'unknown')];
    const words = to === home && chance(dice, 0.3) ? ['failback'] : ['failover', '--to', to, '--mode', mode, '--confirm', to, ...accepted];
    await run([...words, '--yes', '--acknowledge', 'recent-move,unsettled-target', '--on-drain-deadline', oneOf(dice, ['redrive', 'undo'])], chance(dice, 0.35) ? between(dice, 1, 30) : 0);
  }

  async function finishWhatBegan(): Promise<boolean> {
    const ended = await listening.drive(['failover', '--resume', '--yes']);
    const code = refusalIn(ended.events)?.code;
    count(`resumed: ${(ended.events.findLast((event) => event.type === 'result') as MoveDocument | undefined)?.outcome ?? code ?? `exit ${ended.exitCode}`}`);
    return code === 'NOTHING_TO_RESUME';
  }

  return {
    outcomes,
    finishWhatBegan,
    async moveBackAndForth(signal) {
      while (!signal.aborted) {
        await pause(between(dice, 20, 90), signal);
        if (signal.aborted) return;
        // Whoever was interrupted goes on with it, most of the time.
        if (chance(dice, 0.8)) await finishWhatBegan();
        await move();
      }
    },
  };
}
