import { BatchGetItemCommand, DeleteItemCommand, GetItemCommand, PutItemCommand, QueryCommand, ScanCommand, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLedger, type Ledger } from '../../src/aws/ledger/ledger.js';
import { operatorIn } from '../simulation/simulator/deployed-world.js';
import type { RunningWorld } from '../../src/sandbox/assemble-world.js';
import type { CallContext } from '../../src/sandbox/service.js';
import type { Clock } from '../../src/workflow/ports.js';

const commands = { BatchGetItem: BatchGetItemCommand, DeleteItem: DeleteItemCommand, GetItem: GetItemCommand, PutItem: PutItemCommand, Query: QueryCommand, Scan: ScanCommand, UpdateItem: UpdateItemCommand };
const nameOf = new Map<unknown, string>(Object.entries(commands).map(([name, command]) => [command, name]));

/**
 * A Region's ledger, with the code that ships, on the sandbox's table. A command goes to the table's operation as it is: nothing is
 * serialised, signed or sent, because a million jobs make twelve million calls.
 */
export function ledgerIn(region: string, world: RunningWorld, table: string, clock: Clock): Ledger {
  const { operations } = world.services.get('dynamodb')!;
  const call: CallContext = { ...operatorIn(region), requestId: 'load', signal: new AbortController().signal, domain: `region:${region}` };
  const send = async (command: { constructor: unknown; input: unknown }): Promise<unknown> => operations[nameOf.get(command.constructor) ?? '']!(command.input, call);
  return createLedger({ client: { send } as unknown as DynamoDBClient, table, region, clock, random: Math.random });
}
