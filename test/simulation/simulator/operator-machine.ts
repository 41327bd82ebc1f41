import type { OperationEvent } from '../../../src/core/operation.js';
import type { LocalJournal } from '../../../src/workflow/ports.js';

/** What survives on an operator's computer when the process dies: the local copies of the journals. */
export interface OperatorMachine {
  readonly name: string;
  /** How far its clock is ahead of AWS's. */
  readonly clockAheadMs: number;
  readonly journal: LocalJournal;
  readonly operations: ReadonlyMap<string, OperationEvent[]>;
}

export function createOperatorMachine(name: string, clockAheadMs = 0): OperatorMachine {
  const operations = new Map<string, OperationEvent[]>();
  const journal: LocalJournal = {
    async append(operationId, sequence, event) {
      const events = operations.get(operationId) ?? [];
      operations.set(operationId, events);
      // As JSON on a disk: nothing that is changed later in memory may change what was written.
      events[sequence] = JSON.parse(JSON.stringify(event)) as OperationEvent;
    },
    read: async (operationId) => (operations.get(operationId) ?? []).filter((event) => event !== undefined),
    list: async () => [...operations.keys()].sort(),
    latestUnfinished: async () => [...operations].filter(([, events]) => events.at(-1)?.type !== 'operation-finished').map(([operationId]) => operationId).sort().at(-1),
  };
  return { name, clockAheadMs, journal, operations };
}

export const noJournal: LocalJournal = createOperatorMachine('nobody').journal;
