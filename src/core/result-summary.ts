import type { OperationResult } from './operation.js';

/** How an operation ended in plain lines: where the pipeline is, what became of the jobs, why not, and what to do next. */
export function resultSummary(result: OperationResult): string {
  const { kind, from, to, outcome, error } = result;
  return [
    `${kind} ${from} -> ${to}, epoch ${result.epoch}: ${outcome.replaceAll('_', ' ')} (operation ${result.operationId}).`,
    `Jobs: ${result.redriven.length} started again, ${result.alreadyDone.length} done already, ${result.adopted.length} adopted, ${result.parked.length} parked, ${result.failed.length} failed. RTO ${result.rtoSeconds === null ? 'not reached' : `${result.rtoSeconds} s`}.`,
    ...(error && outcome !== 'done' ? [`${error.step} failed: ${error.message} [${error.code}]`] : []),
    ...result.nextSteps,
  ].join('\n');
}
