import { failureKind } from '../core/failure.js';

/** The part of an SDK client that this needs; every client has it. */
interface Client {
  middlewareStack: {
    add(middleware: (next: (args: never) => Promise<unknown>) => (args: never) => Promise<unknown>, options: { step: 'build' | 'deserialize'; priority: 'low' | 'high'; name: string }): void;
  };
}

type Listener = (secondsAhead: number) => void;

let listener: Listener | undefined;

/** Tells once, from the next refusal on, by how many seconds this host's clock is ahead of AWS's; to the minute where it is many. */
export function onWrongClock(tell: Listener | undefined): void {
  listener = tell;
}

/**
 * A call that AWS refused because this host's clock is wrong is made once more, whatever the client's number of attempts:
 * the refusal told the SDK what time it is, and it signs with that from then on. Without this, whoever makes one attempt a
 * call, such as a probe, would take a wrong clock for a Region or an endpoint that fails. Files that are streamed are left to
 * whoever has them.
 */
export function signByTheirClock<Corrected extends { middlewareStack: unknown }>(client: Corrected): Corrected {
  const { middlewareStack } = client as unknown as Client;
  middlewareStack.add((next) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      if (failureKind(error) !== 'clock' || isSpent(args)) throw error;
      return next(args);
    }
  }, { step: 'build', priority: 'low', name: 'signByTheirClock' });
  // Here every refusal is seen, also those that the SDK tries again by itself.
  middlewareStack.add((next) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      if (failureKind(error) === 'clock') say(error);
      throw error;
    }
  }, { step: 'deserialize', priority: 'high', name: 'tellOfWrongClock' });
  return client;
}

/** A stream can be read once: sent again it would be the rest of a file, or nothing. */
function isSpent({ request }: { request?: { body?: { pipe?: unknown } } }): boolean {
  return typeof request?.body?.pipe === 'function';
}

function say(error: unknown): void {
  const { headers } = (error as { $response?: { headers?: Record<string, string> } }).$response ?? {};
  const theirs = Date.parse(headers?.['date'] ?? '');
  if (!listener || Number.isNaN(theirs)) return;
  const tell = listener;
  listener = undefined;
  const seconds = Math.round((Date.now() - theirs) / 1000);
  tell(Math.abs(seconds) < 600 ? seconds : Math.round(seconds / 60) * 60);
}
