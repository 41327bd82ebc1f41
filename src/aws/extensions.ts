import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { Clock, Extensions } from '../workflow/ports.js';
import type { ClientFactoryOptions, Reach } from './client-pool.js';
import { createClientFactory, type ClientFactory } from './clients.js';
import { withDeadline } from './deadline.js';

/** Lambda's own limit. */
const longestFunctionMs = 900_000;

/** Clients are made when the first step of the user's own is run: most moves have none, and start sooner without. */
export function createExtensions(reach: Reach, options: ClientFactoryOptions, clock: Clock): Extensions {
  let documents: Promise<Pick<Extensions, 'startDocument' | 'readDocument'>> | undefined;
  const automation = (): Promise<Pick<Extensions, 'startDocument' | 'readDocument'>> => (
    documents ??= import('./automation-documents.js').then((module) => module.createAutomationDocuments(reach, options, clock)));
  // They wait as long as a function may run, and try once: a call repeated by itself would run the user's code twice at once.
  let patient: ClientFactory | undefined;
  const functions = (): ClientFactory => (patient ??= createClientFactory(reach, { ...options, maxAttempts: 1, requestTimeoutMs: longestFunctionMs }));
  return {
    startDocument: async (...call) => (await automation()).startDocument(...call),
    readDocument: async (...call) => (await automation()).readDocument(...call),
    async callFunction(region, name, input, call) {
      const answer = await withDeadline(clock, call, 60_000, (signal) => functions().lambda(region).send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(input)) }), { abortSignal: signal }));
      if (answer.FunctionError === undefined) return { ok: true };
      const said = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8') || '{}') as { errorType?: string; errorMessage?: string };
      return { ok: false, why: `${said.errorType ?? answer.FunctionError}: ${said.errorMessage ?? 'no reason given'}` };
    },
  };
}
