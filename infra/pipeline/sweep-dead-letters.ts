import { describeFailure } from '../../src/core/failure.js';
import { mapConcurrently } from './concurrency.js';
import { type DeadLetter, inputEventOf } from './dead-letters.js';
import { ingest } from './ingest.js';
import { reserveMs, type SweepOutcome, type SweepPorts } from './sweep.js';

/** Of ten letters each, so that not even a queue full of letters for people keeps the sweep busy for long. */
const receivesPerSweep = 200;
/** No letter is taken up later than this after the first one; the next minute goes on. */
const mostMs = 20_000;
/**
 * Whatever is received is hidden until this sweep is through with the queue, so that each look is given the letters behind
 * those that stay, however many of them there are. What stayed is there again well before the next minute: for the sweep to
 * try once more, and for people to read what is theirs.
 */
const hiddenSeconds = 25;
const atOnce = 10;

/**
 * Ingests the events that ingest had to give up on. Nothing else would ever do it: unless a replica is heard of in the
 * other Region, no row knows the file. A letter goes when its event is ingested, which may have happened before. Letters
 * that are not ingest's stay as they are, for people to read.
 */
export async function takeDeadLetters(outcome: SweepOutcome, ports: SweepPorts): Promise<void> {
  const beganAt = ports.clock.now().getTime();
  const hasTime = (): boolean => ports.remainingMs() >= reserveMs && ports.clock.now().getTime() - beganAt < mostMs;
  for (let receives = 0; receives < receivesPerSweep && hasTime(); receives += 1) {
    const letters = await ports.deadLetters.receive(hiddenSeconds);
    if (letters.length === 0) return;
    await mapConcurrently(letters, atOnce, (letter) => takeDeadLetter(letter, outcome, ports));
  }
}

async function takeDeadLetter(letter: DeadLetter, outcome: SweepOutcome, ports: SweepPorts): Promise<void> {
  const event = inputEventOf(letter.body, ports.addressee);
  if (!event) {
    outcome.lettersLeft += 1;
    return;
  }
  const { key, 'version-id': versionId } = event.detail.object;
  try {
    const { action, jobId } = await ingest(event, ports);
    await ports.deadLetters.delete(letter);
    outcome.lettersTaken += 1;
    ports.telemetry.info('dead letter taken', { jobId, key, versionId, action });
    ports.telemetry.count({ DeadLettersTaken: 1 });
  } catch (error) {
    outcome.failures += 1;
    ports.telemetry.warn('dead letter not taken', { key, versionId, error: describeFailure(error) });
  }
}
