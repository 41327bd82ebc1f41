import { schemaVersion, type Failure, type Output, type OutputEvent, type OutputTargets } from './output.js';
import { printable, printableJson } from './printable.js';

/** For scripts: one document on stdout at the end. Warnings still reach a person who looks at stderr. */
export function createJsonOutput(targets: OutputTargets): Output {
  return {
    format: 'json',
    event(event) {
      if (event.type === 'note' && event.level === 'warn') targets.stderr.write(`warning: ${printable(event.message)}\n`);
    },
    aside: () => {},
    result: (document) => { targets.stdout.write(`${printableJson({ schemaVersion, ...document }, 2)}\n`); },
    failure: (failure) => { targets.stdout.write(`${printableJson(errorDocument(failure), 2)}\n`); },
    close: () => {},
  };
}

/** A task's progress is told at most this often: a log file is not a screen. */
const progressIntervalMs = 1000;

/** For programs that follow along: a line for every event as it happens, then one of type `result` or `error`. */
export function createNdjsonOutput(targets: OutputTargets): Output {
  const lastProgress = new Map<string, number>();
  const line = (value: object): void => { targets.stdout.write(`${printableJson(value)}\n`); };

  function tooSoon(event: OutputEvent): boolean {
    if (event.type !== 'progress' || event.done === event.total) return false;
    const at = targets.now().getTime();
    if (at - (lastProgress.get(event.task) ?? -Infinity) < progressIntervalMs) return true;
    lastProgress.set(event.task, at);
    return false;
  }

  return {
    format: 'ndjson',
    event: (event) => { if (!tooSoon(event)) line({ schemaVersion, ...event }); },
    aside: (type, document) => line({ schemaVersion, type, ...document }),
    result: (document) => line({ schemaVersion, type: 'result', ...document }),
    failure: (failure) => line({ type: 'error', ...errorDocument(failure) }),
    close: () => {},
  };
}

function errorDocument(failure: Failure): object {
  const { code, message, nextSteps, details } = failure;
  return { schemaVersion, error: { code, message, nextSteps, ...(details && Object.keys(details).length > 0 ? { details } : {}) } };
}
