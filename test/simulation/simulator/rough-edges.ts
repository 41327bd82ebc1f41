import type { RunningWorld } from '../../../src/sandbox/assemble-world.js';
import { AwsError, type Operation } from '../../../src/sandbox/service.js';
import { chance, diceFor } from './dice.js';
import type { Schedule } from './schedule.js';

/** What AWS may do at any time and mostly does not: short pages, write conflicts, replication that fails for good. */
export function roughen(world: RunningWorld, schedule: Schedule, settled: () => boolean): void {
  const dice = diceFor(schedule.seed, 'rough');
  const change = (service: string, operation: string, wrap: (original: Operation) => Operation): void => {
    const operations = world.services.get(service)?.operations;
    const original = operations?.[operation];
    if (!operations || !original) throw new Error(`the world has no ${service}:${operation}`);
    operations[operation] = wrap(original);
  };
  if (schedule.smallPages) {
    const shorter = (member: string, most: number) => (original: Operation): Operation => (input: Record<string, unknown>, call) => original({ ...input, [member]: Math.min(Number(input[member] ?? Infinity), most) }, call);
    change('dynamodb', 'Query', shorter('Limit', 1));
    change('states', 'ListExecutions', shorter('maxResults', 1));
    change('s3', 'ListObjectsV2', shorter('MaxKeys', 1));
  }
  if (schedule.conflictChance > 0) {
    for (const operation of ['PutItem', 'UpdateItem', 'DeleteItem']) {
      change('dynamodb', operation, (original) => async (input, call) => {
        if (!settled() && chance(dice, schedule.conflictChance)) throw new AwsError('ReplicatedWriteConflictException', 'One or more items in this request are being modified by a request in another Region.');
        return original(input, call) as Promise<unknown>;
      });
    }
  }
  if (schedule.replicationFailureChance > 0) {
    change('s3', 'ReplicateObject', (original) => async (input, call) => {
      if (!settled() && chance(dice, schedule.replicationFailureChance)) throw new AwsError('AccessDenied', 'Access Denied', { status: 403 });
      return original(input, call) as Promise<unknown>;
    });
  }
}
