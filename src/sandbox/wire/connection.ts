import type { Faults } from '../faults.js';
import type { NoAnswer } from '../world.js';

/** One call's tie to the Region that serves it: cut when the client hangs up or the Region is lost in the middle. */
export interface Connection {
  signal: AbortSignal;
  /** The outcome of `work`, unless the connection is cut first; the work itself may still take effect then. */
  carry<T>(work: Promise<T>): Promise<T>;
  /** The pieces of a body for as long as the connection stands; closes the connection at their end. */
  stream(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  close(): void;
}

/** Errors of `carry` and `stream`: what `broken` gives when faults change, or the client's own reason to stop. */
export function openConnection(faults: Faults, broken: () => NoAnswer | undefined, clientSignal?: AbortSignal): Connection {
  const controller = new AbortController();
  const unsubscribe = faults.onChange(() => {
    const loss = broken();
    if (loss) controller.abort(loss);
  });
  const hangUp = (): void => controller.abort(clientSignal?.reason);
  if (clientSignal?.aborted) hangUp();
  clientSignal?.addEventListener('abort', hangUp, { once: true });

  function close(): void {
    unsubscribe();
    clientSignal?.removeEventListener('abort', hangUp);
  }

  function carry<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const cut = (): void => reject(controller.signal.reason as Error);
      if (controller.signal.aborted) cut();
      controller.signal.addEventListener('abort', cut, { once: true });
      const settled = (): void => controller.signal.removeEventListener('abort', cut);
      work.then((value) => { settled(); resolve(value); }, (error: unknown) => { settled(); reject(error as Error); });
    });
  }

  async function* stream(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const pieces = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { value, done } = await carry(Promise.resolve(pieces.next()));
        if (done) return;
        yield value;
      }
    } finally {
      close();
      // A cut body has nobody left to read it; not awaited, because its source may be waiting for ever.
      void Promise.resolve(pieces.return?.()).catch(() => undefined);
    }
  }

  return { signal: controller.signal, carry, stream, close };
}
