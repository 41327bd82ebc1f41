import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { ProbeResult } from '../core/snapshot.js';
import type { Clock, RemoteObserver } from '../workflow/ports.js';
import type { ClientFactory } from './clients.js';
import { withDeadline } from './deadline.js';

/** Left for the way there and back, a cold start included, so that what the observer found arrives while it is waited for. */
const wayMs = 1500;

/** A second vantage on demand: the other Region's observer function probes now and answers with what it saw. */
export function createRemoteObserver(observeFunctions: Record<string, string>, clients: ClientFactory, clock: Clock): RemoteObserver {
  return {
    async probeFrom(seenFrom, options) {
      const name = observeFunctions[seenFrom];
      if (!name) throw new Error(`the deployment has no observer function in ${seenFrom}`);
      const answer = await withDeadline(clock, options, 5000, (signal) => clients.lambda(seenFrom).send(
        new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify({ on: 'demand', timeoutMs: Math.max(500, (options?.timeoutMs ?? 5000) - wayMs) })) }),
        { abortSignal: signal },
      ));
      const payload: unknown = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8') || 'null');
      if (answer.FunctionError) throw new Error(`the observer in ${seenFrom} failed: ${(payload as { errorMessage?: string } | null)?.errorMessage ?? answer.FunctionError}`);
      if (!Array.isArray(payload)) throw new Error(`the observer in ${seenFrom} gave no probe results`);
      return payload as ProbeResult[];
    },
  };
}
