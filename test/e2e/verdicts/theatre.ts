import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createClientFactory, type ClientFactory } from '../../../src/aws/clients.js';
import { createLedger, type Ledger } from '../../../src/aws/ledger/ledger.js';
import { createRoutingControlsWriter } from '../../../src/aws/routing-controls.js';
import { systemClock } from '../../../src/aws/system-clock.js';
import { deploymentSchema, type Deployment } from '../../../src/config/schema.js';
import { createOperator, type Operator } from '../operator.js';
import { eventually, home, standby } from '../scene.js';

export interface Signal {
  name: string;
  level: string;
  value: unknown;
  why: string;
}

export interface Verdict {
  regions: Record<string, { health: string; signals: Signal[] }>;
  recommendation: {
    action: string;
    to: string | null;
    verdict: string;
    reasons: string[];
    blockers: string[];
    warnings: string[];
    acknowledge: { name: string }[];
    rpo: { objects: number | null; keys: string[] };
  };
}

/** A sandbox whose faults are real, and whose stamped past can be written as its observers would have. */
export interface Theatre {
  operator: Operator;
  ledger: Ledger;
  /** Puts the past in order: no fault, five clean minutes of everything, no lock, the deployment file as it was. */
  reset(): Promise<void>;
  /** The last minutes as the other Region's observer sees `region`: `.` clean, `x` bad; the last is a minute old. */
  stampMinutes(region: string, pattern: string): Promise<void>;
  stampCanary(region: string, pattern: string): Promise<void>;
  setRoutingControls(states: Record<string, 'On' | 'Off'>): Promise<void>;
  /** Rewrites the deployment file, which is the operator's to change. */
  changeDeployment(change: (deployment: Deployment) => Deployment): Promise<void>;
  leave(): Promise<void>;
}

export async function openTheatre(): Promise<Theatre> {
  const operator = await createOperator();
  await operator.startSandbox();
  const file = path.join(operator.home, 'config/batchctl/sandbox.json');
  const described = deploymentSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  // How slow a loaded test machine answers is not what is looked at here.
  const deployment: Deployment = { ...described, policy: { ...described.policy, probeSlowMs: 60_000, probeTimeoutSeconds: 4 } };
  const save = (changed: Deployment): Promise<void> => writeFile(file, JSON.stringify(changed));
  await save(deployment);
  await eventually('every part of the sandbox to have answered once', async () => {
    const { regions } = await operator.document<Verdict>(['status']);
    return Object.values(regions).every((region) => region.health === 'healthy') || undefined;
  });
  const clients = createClientFactory(deployment);
  const ledgers = Object.fromEntries([home, standby].map((region) => [region, ledgerIn(region, deployment, clients)])) as Record<string, Ledger>;
  const ledger = ledgers[standby] as Ledger;
  const minuteAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
  const stampMinutes = async (region: string, pattern: string): Promise<void> => {
    for (const [index, each] of [...pattern].entries()) {
      const failed = each === 'x' ? 15 : 0;
      await ledger.stampObservation(region, region === home ? standby : home, { at: minuteAgo(pattern.length - index), ok: failed === 0, calls: 15, failed });
    }
  };
  const stampCanary = async (region: string, pattern: string): Promise<void> => {
    for (const [index, each] of [...pattern].entries()) await ledger.stampCanary(region, minuteAgo(pattern.length - index - 1), each === '.', 2);
  };
  const setRoutingControls = async (states: Record<string, 'On' | 'Off'>): Promise<void> => {
    if (!deployment.arc) throw new Error('the sandbox has ARC');
    await createRoutingControlsWriter(deployment.arc, clients, systemClock, (items) => items).setStates(states);
  };
  return {
    operator,
    ledger,
    stampMinutes,
    stampCanary,
    setRoutingControls,
    changeDeployment: (change) => save(change(deployment)),
    async reset() {
      await operator.fault('clear');
      await save(deployment);
      const lock = await ledger.readLock();
      if (lock) await ledger.releaseLock(lock.operationId);
      await Promise.all([home, standby].map(async (region) => {
        await stampMinutes(region, '......');
        await stampCanary(region, '.....');
      }));
      // ARC's endpoints may disagree for 15 s after a change, an endpoint that was down catches up, and each is evidence.
      await eventually('ARC to answer with one voice', async () => {
        const { routing, recommendation } = await operator.document<Verdict & { routing: { arc: { endpointsAnswering: number } } }>(['status']);
        return (routing.arc.endpointsAnswering === 5 && !recommendation.warnings.some((warning) => warning.includes('disagree'))) || undefined;
      }, 30_000);
    },
    async leave() {
      clients.destroy();
      await operator.leave();
    },
  };
}

function ledgerIn(region: string, deployment: Deployment, clients: ClientFactory): Ledger {
  return createLedger({ client: clients.dynamodb(region), table: deployment.ledgerTable, region, clock: systemClock, random: Math.random });
}

/** What `status` and `assess` say at the same time, in the words of both and through two processes. */
export async function ask(operator: Operator, env: Record<string, string> = {}): Promise<{ status: Verdict; assess: Verdict; seconds: number }> {
  const startedAt = Date.now();
  let seconds = 0;
  const [status, assess] = await Promise.all([
    operator.run(['status', '-o', 'json'], { env }).then((ended) => { seconds = (Date.now() - startedAt) / 1000; return ended; }),
    operator.run(['assess', '-o', 'json'], { env }),
  ]);
  return { status: parse(status.stdout), assess: parse(assess.stdout), seconds };
}

function parse(stdout: string): Verdict {
  try {
    return JSON.parse(stdout) as Verdict;
  } catch (error) {
    throw new Error(`no document: ${stdout}`, { cause: error });
  }
}
