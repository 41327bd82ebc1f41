import os from 'node:os';
import path from 'node:path';
import { createReadPorts, createWritePorts } from '../aws/ports.js';
import { stateDirectory } from '../config/locations.js';
import type { Deployment } from '../config/schema.js';
import { usage } from '../errors.js';
import { askAnyLedger } from '../workflow/ask-any-ledger.js';
import type { ObservationTarget } from '../workflow/observe.js';
import type { CallOptions } from '../workflow/call-options.js';
import type { LedgerReader } from '../workflow/ledger-ports.js';
import type { LocalJournal, ReadPorts, WritePorts } from '../workflow/ports.js';
import { warn, type CommandContext } from './context.js';
import { createLocalJournal } from './local-journal.js';
import { tolerateUnreadable } from './tolerant-journal.js';

/** Looks only: there is no method in it that changes anything. */
export function connectForReading(deployment: Deployment, context: CommandContext): ReadPorts {
  return createReadPorts(deployment, { clock: context.clock });
}

export function connectForWriting(deployment: Deployment, context: CommandContext): WritePorts {
  return createWritePorts(deployment, { clock: context.clock, journal: journalOf(deployment, context) });
}

/** This machine's copy of the journals. */
export function journalOf(deployment: Pick<Deployment, 'name'>, context: CommandContext): LocalJournal {
  return tolerateUnreadable(createLocalJournal(journalDirectory(deployment.name, context)), (message) => warn(context, message));
}

export function journalDirectory(deployment: string, context: CommandContext): string {
  return path.join(stateDirectory(context.env), 'journals', deployment);
}

export function observationTarget(deployment: Deployment): ObservationTarget {
  return { name: deployment.name, home: deployment.home, other: deployment.other, arc: deployment.arc };
}

/** Who acts, for the lock and the journal. */
export function operatorName(): string {
  return `${os.userInfo().username}@${os.hostname()} (process ${process.pid})`;
}

/** Throws `USAGE` for a Region that is not one of the two. */
export function checkRegion(region: string, deployment: Deployment, flag: string): string {
  if (region === deployment.home || region === deployment.other) return region;
  throw usage('UNKNOWN_REGION', `${flag} ${JSON.stringify(region)} is not a Region of the deployment ${deployment.name}.`, [`Its Regions are ${deployment.home} and ${deployment.other}.`]);
}

export function callOptions(context: CommandContext): CallOptions {
  return { signal: context.signal };
}

/** The Region whose replica answers first, for work that then stays with it. */
export function answeringRegion(ledgers: Record<string, LedgerReader>, context: CommandContext): Promise<string> {
  return askAnyLedger(ledgers, async (ledger) => {
    await ledger.readControl(callOptions(context));
    return ledger.region;
  });
}
