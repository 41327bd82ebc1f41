import type { RunningWorld } from '../../src/sandbox/assemble-world.js';
import type { FunctionRuntime } from '../../src/sandbox/services/lambda/runtime.js';
import { readUnits, writeUnits } from '../../src/sandbox/services/dynamodb/operations/capacity.js';

/** What AWS would bill, counted while a sandbox world runs. */
export interface Usage {
  invocations: number;
  gigabyteSeconds: number;
  /** PUT, COPY, POST and LIST; and GET, HEAD and all others. */
  s3Writes: number;
  s3Reads: number;
  /** Read request units, and write request units in all replicas together. */
  readUnits: number;
  writeUnits: number;
  emails: number;
  /** Calls by name, to see where it comes from. */
  calls: Map<string, number>;
}

export function noUsage(): Usage {
  return { invocations: 0, gigabyteSeconds: 0, s3Writes: 0, s3Reads: 0, readUnits: 0, writeUnits: 0, emails: 0, calls: new Map() };
}

const replicas = 2;
const billedAsWrite = /^(Put|Copy|Post|Create|Complete|Upload|List)/;
const free = /^(Delete|Abort)/;

/** Counts every operation that is performed from now on, whoever asks for it. Failed ones count too: AWS bills most of them. */
export function meterOperations(world: RunningWorld, usage: Usage): void {
  for (const name of ['s3', 'dynamodb', 'ses']) {
    const { operations } = world.services.get(name)!;
    for (const [operation, perform] of Object.entries(operations)) {
      operations[operation] = async (input, call) => {
        usage.calls.set(`${name}:${operation}`, (usage.calls.get(`${name}:${operation}`) ?? 0) + 1);
        if (name === 'ses') usage.emails += 1;
        if (name === 's3' && billedAsWrite.test(operation)) usage.s3Writes += 1;
        else if (name === 's3' && !free.test(operation)) usage.s3Reads += 1;
        const answer: unknown = await perform(input, call);
        if (name === 'dynamodb') countUnits(usage, operation, input as Item, answer as Item);
        return answer;
      };
    }
  }
}

type Item = Record<string, unknown>;

/** Every item of the pipeline is far below a unit's size but for the rows of the ledger, which are measured as JSON: a little more than they are. */
function countUnits(usage: Usage, operation: string, input: Item, answer: Item): void {
  const consistent = input['ConsistentRead'] === true;
  const size = (value: unknown): number => (value === undefined ? 0 : JSON.stringify(value).length);
  switch (operation) {
    case 'GetItem': usage.readUnits += readUnits(size(answer['Item']), consistent); break;
    case 'Scan':
    case 'Query': usage.readUnits += readUnits(size(answer['Items']), consistent); break;
    case 'BatchGetItem':
      for (const request of Object.values(input['RequestItems'] as Record<string, { Keys: unknown[]; ConsistentRead?: boolean }>)) usage.readUnits += request.Keys.length * readUnits(1, request.ConsistentRead === true);
      break;
    case 'PutItem': usage.writeUnits += replicas * indexed(input['Item']) * writeUnits(0, size(input['Item'])); break;
    case 'UpdateItem': usage.writeUnits += replicas * indexed(answer['Attributes']) * writeUnits(0, size(answer['Attributes'])); break;
  }
}

/** Each index that holds the item is written too; one whose key changes is written twice, so the dearer case is counted. */
function indexed(item: unknown): number {
  const row = (item ?? {}) as Item;
  return 1 + ('openShard' in row ? 2 : 0) + ('dayShard' in row ? 1 : 0);
}

/** A runtime that counts what it runs. `seconds`: how long an invocation took, in the world's time. */
export function meterRuntime(runtime: FunctionRuntime, now: () => number, usage: () => Usage): FunctionRuntime {
  return {
    stop: () => runtime.stop(),
    async invoke(fn, payload, options) {
      const began = now();
      try {
        return await runtime.invoke(fn, payload, options);
      } finally {
        usage().invocations += 1;
        usage().gigabyteSeconds += (fn.memoryMegabytes / 1024) * Math.max(0.001, (now() - began) / 1000);
        usage().calls.set(`lambda:${fn.functionName}`, (usage().calls.get(`lambda:${fn.functionName}`) ?? 0) + 1);
      }
    },
  };
}
