import { targetLedger, type OperationContext } from './operation-context.js';

/** Renews the operation lock in the background until it is stopped. Losing it is noticed before anything irreversible. */
export function keepLock(context: OperationContext): { start(): void; stop(): void; readonly held: boolean } {
  const stopped = new AbortController();
  let held = false;
  const everyMs = (context.policy.lockLeaseSeconds * 1000) / 3;
  const beat = async (): Promise<void> => {
    const { clock } = context.read;
    while (!stopped.signal.aborted) {
      try {
        await clock.sleep(everyMs, stopped.signal);
      } catch {
        return;
      }
      const leaseEndsAt = new Date(clock.now().getTime() + context.policy.lockLeaseSeconds * 1000).toISOString();
      // A missed beat is no loss yet: the lease covers three of them, and the fence asks again.
      held = await targetLedger(context).renewLock(context.operationId, leaseEndsAt).catch(() => held);
    }
  };
  return {
    start() {
      held = true;
      void beat();
    },
    stop() {
      stopped.abort();
    },
    get held() {
      return held;
    },
  };
}
