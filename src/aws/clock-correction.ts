import { failureKind } from '../core/failure.js';

/** The part of an SDK client that this needs; every client has it. */
interface Client {
  middlewareStack: {
    add(middleware: (next: (args: never) => Promise<unknown>) => (args: never) => Promise<unknown>, options: { step: 'build'; priority: 'low'; name: string }): void;
  };
}

/**
 * A call that AWS refused because this host's clock is wrong is made once more, whatever the client's number of attempts:
 * the refusal told the SDK what time it is, and it signs with that from then on. Without this, whoever makes one attempt a
 * call, such as a probe, would take a wrong clock for a Region or an endpoint that fails.
 */
export function signByTheirClock<Corrected extends { middlewareStack: unknown }>(client: Corrected): Corrected {
  (client as unknown as Client).middlewareStack.add((next) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      if (failureKind(error) !== 'clock') throw error;
      return next(args);
    }
  }, { step: 'build', priority: 'low', name: 'signByTheirClock' });
  return client;
}
