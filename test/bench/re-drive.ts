/** A failover of thousands of open jobs at the start quota: `bench.mjs re-drive [--jobs 10000] [--tenant]`. */
import '../simulation/simulator/virtual-process.js';
import { parseArgs } from 'node:util';
import { createReadPorts, createWritePorts } from '../../src/aws/ports.js';
import { assess } from '../../src/core/assess.js';
import type { OperationEvent, Plan } from '../../src/core/operation.js';
import { planMove } from '../../src/core/plan.js';
import { recoverySplit } from '../../src/core/recovery-split.js';
import { observe } from '../../src/workflow/observe.js';
import { runOperation } from '../../src/workflow/runner.js';
import { operatorIn } from '../simulation/simulator/deployed-world.js';
import { createOperatorMachine } from '../simulation/simulator/operator-machine.js';
import { realNow } from '../simulation/simulator/virtual-process.js';
import { createJobWorld, home, logCalls, standby, type JobWorld } from './job-world.js';

const { values } = parseArgs({ options: { jobs: { type: 'string', default: '10000' }, tenant: { type: 'boolean', default: false } } });
const jobs = Number(values.jobs);
const began = realNow();
const progressed = (what: string): void => { process.stderr.write(`${((realNow() - began) / 1000).toFixed(1)} s: ${what}\n`); };

const jobWorld = await createJobWorld({ open: jobs, unstampedEvery: 50, partsEvery: 10 });
progressed(`${jobs} open jobs stand`);
const { world, clock, deployment, portClock } = jobWorld;
const calls = logCalls(jobWorld);
const ports = { clock: portClock, clientOptions: { requestHandler: calls.handler } };
const read = createReadPorts(deployment, ports);
const write = createWritePorts(deployment, { ...ports, journal: createOperatorMachine('bench').journal });
world.faults.setRegion(home, 'down');
// Until the observers have seen a few bad minutes.
await clock.advance(4 * 60_000);

if (values.tenant) competeForStarts(jobWorld);
const events: { event: OperationEvent; at: number }[] = [];
const plan = await clock.runUntil(makePlan());
progressed(`planned: ${plan.redrive.length} to re-drive, ${plan.park.length} to park`);
const result = await clock.runUntil(runOperation({
  operationId: 'bench', plan, target: deployment, policy: deployment.policy, read, write, operator: 'bench', signal: new AbortController().signal,
  onEvent: (event) => { events.push({ event, at: clock.now() }); },
}));
progressed(result.outcome);

const fenceAt = events.find(({ event }) => event.type === 'step-finished' && event.step === 'fence')!.at;
const redriveEnd = events.find(({ event }) => event.type === 'step-finished' && event.step === 're-drive')!.at;
const lastStart = calls.starts.at(jobs - result.parked.length - 1)!;
const ceilingSeconds = Math.max(0, (jobs - 1300) / (values.tenant ? 150 : 300));
const lastStartSeconds = (lastStart - fenceAt) / 1000;
process.stdout.write(`${JSON.stringify({
  jobs, outcome: result.outcome, redriven: result.redriven.length, failed: result.failed.length,
  partsKept: result.redriven.reduce((sum, each) => sum + each.partsKept, 0),
  lastStartSeconds: rounded(lastStartSeconds), ceilingSeconds: rounded(ceilingSeconds), ofCeiling: rounded(ceilingSeconds / lastStartSeconds),
  throttledStarts: calls.throttled.get('StartExecution') ?? 0, learned: result.steps.find((step) => step.name === 're-drive')?.detail['quota'],
  guesses: guesses(), redriveSeconds: rounded((redriveEnd - fenceAt) / 1000), rtoSeconds: result.rtoSeconds, ofRto: recoverySplit(events.map(({ event }) => event)),
  calls: Object.fromEntries([...calls.counts].sort((left, right) => right[1] - left[1]).slice(0, 8)),
})}\n`);
process.exit(0);

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** What the progress lines said at a tenth, a quarter, a half and three quarters, against what came: seconds of the whole. */
function guesses(): Record<string, number> {
  const first = events.find(({ event }) => event.type === 'step-progress' && event.total !== undefined)!.at;
  return Object.fromEntries([0.1, 0.25, 0.5, 0.75].map((share) => {
    const said = events.find(({ event }) => event.type === 'step-progress' && event.step === 're-drive' && (event.done ?? 0) >= share * jobs);
    if (said?.event.type !== 'step-progress') return [share, NaN];
    return [share, rounded((said.at + (said.event.secondsLeft ?? 0) * 1000 - first) / (lastStart - first))];
  }));
}

async function makePlan(): Promise<Plan> {
  const snapshot = await observe(read, deployment, { probeTimeoutMs: 3000 });
  const assessment = assess(snapshot, deployment.policy, { to: standby, mode: 'ungraceful' });
  const planned = planMove(snapshot, assessment, { kind: 'failover', to: standby, mode: 'ungraceful', policy: deployment.policy });
  if (planned.kind !== 'plan') throw new Error(JSON.stringify(planned));
  return planned.plan;
}

/** Somebody else in the same account starts 150 executions a second, all the time. */
function competeForStarts({ world: shared, clock: time, deployment: { regions } }: JobWorld): void {
  let started = 0;
  const next = (): void => {
    started += 1;
    shared.call('states', 'StartExecution', { stateMachineArn: regions[standby]!.stateMachineArn, name: `tenant-${started}`, input: '{}' }, operatorIn(standby)).catch(() => undefined);
    time.after(1000 / 150, next);
  };
  next();
}
