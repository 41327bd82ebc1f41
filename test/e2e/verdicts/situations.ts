import type { Deployment } from '../../../src/config/schema.js';
import { orderFile } from '../orders.js';
import { eventually, home, standby } from '../scene.js';
import type { Theatre, Verdict } from './theatre.js';

/** A situation of go / no-go, made for real: what is broken, and what has to be said about it. */
export interface FaultSituation {
  name: string;
  break(theatre: Theatre): Promise<void>;
  env?: Record<string, string>;
  action: string;
  verdict: string;
  to?: string | null;
  health?: Record<string, string>;
  says?: RegExp[];
  acknowledge?: string[];
  check?(verdict: Verdict, theatre: Theatre): void;
}

const arcEndpoints = ['us-east-1', 'eu-west-1', 'us-west-2', 'ap-northeast-1', 'ap-southeast-2'];
const down = (theatre: Theatre): Promise<void> => theatre.operator.fault('region', home, 'down');

/** Routes the hosts that match to a port where nobody listens, as a broken line would. */
const cutLine = (pattern: RegExp) => (deployment: Deployment): Deployment => ({
  ...deployment,
  transport: { connectTo: (deployment.transport?.connectTo ?? []).map((rule) => (pattern.test(rule.host) ? { ...rule, port: 9 } : rule)) },
});

const aheadBySeconds = (seconds: number): Record<string, string> => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`const real=Date.now;const Original=Date;Date.now=()=>real()+${seconds * 1000};globalThis.Date=class extends Original{constructor(...a){if(a.length===0)super(real()+${seconds * 1000});else super(...a);}};globalThis.Date.now=()=>real()+${seconds * 1000};`)}`,
});

const lockOf = (endsInSeconds: number) => async ({ ledger }: Theatre): Promise<void> => {
  const now = new Date();
  await ledger.acquireLock({ operationId: 'test-lock', owner: 'ann@desk (process 1)', kind: 'failover', acquiredAt: new Date(now.getTime() - 120_000).toISOString(), leaseEndsAt: new Date(now.getTime() + endsInSeconds * 1000).toISOString() }, now.toISOString());
};

/** In `npm test`. */
export const everyTime: FaultSituation[] = [
  { name: 'healthy pair', break: async () => {}, action: 'stay', verdict: 'NO_GO', to: null, health: { [home]: 'healthy', [standby]: 'healthy' } },
  { name: 'active Region dead', break: down, action: 'failover', verdict: 'GO', to: standby, health: { [home]: 'impaired' }, says: [/this host and the other Region \(us-west-2\) say so/] },
  {
    name: 'only this host cannot reach the active Region',
    break: ({ changeDeployment }) => changeDeployment(cutLine(/us-east-1/)),
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', to: standby, health: { [home]: 'degraded' }, says: [/only one source.*this host/],
  },
  {
    name: 'active Region dead, three ARC endpoints down',
    break: async (theatre) => { await down(theatre); for (const endpoint of arcEndpoints.slice(0, 3)) await theatre.operator.fault('arc-endpoint', endpoint, 'down'); },
    action: 'failover', verdict: 'GO', says: [/only 2 of 5 ARC endpoints answer/],
  },
];

/** In `npm run test:faults`, in an order in which none disturbs the next. */
export const onDemand: FaultSituation[] = [
  {
    name: 'metrics of the active Region out: unknown, and nothing else',
    break: ({ operator }) => operator.fault('service', `monitoring@${home}`, 'error'),
    action: 'stay', verdict: 'NO_GO', health: { [home]: 'healthy' },
    check: (verdict) => signalOf(verdict, home, 'activity.failures', 'unknown', /InternalServiceFault|service error/),
  },
  {
    name: 'clock of this host 20 s ahead of AWS\'s', break: async () => {}, env: aheadBySeconds(20),
    action: 'stay', verdict: 'NO_GO', says: [/this host's clock is (19|20|21) s ahead of AWS's/],
  },
  {
    name: 'clock of this host 200 s ahead, and the active Region dead', break: down, env: aheadBySeconds(200),
    action: 'investigate', verdict: 'NO_GO', says: [/this host's clock is (199|200|201) s ahead of AWS's: it cannot tell a running operation/],
  },
  { name: 'this host has no network at all', break: ({ changeDeployment }) => changeDeployment(cutLine(/./)), action: 'investigate', verdict: 'INSUFFICIENT_DATA', to: null, says: [/no replica of the ledger answered/] },
  { name: 'Step Functions of the active Region throttled', break: ({ operator }) => operator.fault('service', `states@${home}`, 'throttle'), action: 'investigate', verdict: 'INSUFFICIENT_DATA', health: { [home]: 'degraded' }, says: [/nothing shows that us-east-1 fails|only one source says.*its executions and functions/] },
  { name: 'only DynamoDB of the active Region out', break: ({ operator }) => operator.fault('service', `dynamodb@${home}`, 'error'), action: 'failover', verdict: 'GO', health: { [home]: 'impaired' }, says: [/us-east-1 is impaired/] },
  { name: 'only S3 of the active Region out', break: ({ operator }) => operator.fault('service', `s3@${home}`, 'error'), action: 'failover', verdict: 'GO', health: { [home]: 'impaired' } },
  {
    name: 'Step Functions throttled, and synthetic jobs have failed for minutes',
    break: async ({ operator, stampCanary }) => { await operator.fault('service', `states@${home}`, 'throttle'); await stampCanary(home, '.xxxx'); },
    action: 'failover', verdict: 'GO', says: [/its synthetic jobs/],
  },
  {
    name: 'Lambda of the active Region fails every call until its synthetic jobs count as silent',
    break: async (theatre) => {
      await theatre.operator.fault('service', `lambda@${home}`, 'error');
      await theatre.changeDeployment((deployment) => ({ ...deployment, policy: { ...deployment.policy, evidenceStaleSeconds: 10 } }));
      await eventually('the synthetic jobs to be silent for longer than that', async () => {
        const { regions } = await theatre.operator.document<Verdict>(['status']);
        return regions[home]?.signals.some((signal) => signal.name === 'canary' && signal.level === 'unknown') || undefined;
      });
      await theatre.stampCanary(standby, '.....');
    },
    action: 'failover', verdict: 'GO', to: standby, health: { [home]: 'impaired' }, says: [/this host and its silent synthetic jobs say so/],
  },
  {
    name: 'a minute of errors that is over', break: ({ stampMinutes }) => stampMinutes(home, '...x.'),
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', health: { [home]: 'degraded' },
  },
  {
    name: 'the active Region flaps: it was bad six minutes ago', break: ({ stampMinutes }) => stampMinutes(home, 'xxxx......'),
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', health: { [home]: 'degraded' },
    check: (verdict) => signalOf(verdict, home, 'observer.minutes', 'warn', /clean for \d+ of 15 min/),
  },
  {
    name: 'active Region dead, standby\'s S3 out', break: async (theatre) => { await down(theatre); await theatre.operator.fault('service', `s3@${standby}`, 'error'); },
    action: 'investigate', verdict: 'NO_GO', says: [/S3 in us-west-2 did not answer this host/],
  },
  {
    name: 'active Region dead, standby\'s quotas unreadable', break: async (theatre) => { await down(theatre); await theatre.operator.fault('service', `lambda@${standby}`, 'throttle'); },
    action: 'investigate', verdict: 'NO_GO', says: [/quotas of us-west-2 could not be read/],
  },
  {
    name: 'active Region dead, standby\'s synthetic jobs fail', break: async (theatre) => { await down(theatre); await theatre.stampCanary(standby, '...xx'); },
    action: 'investigate', verdict: 'NO_GO', says: [/of the last 5 synthetic jobs in us-west-2 succeeded/],
  },
  {
    name: 'active Region dead, two ARC endpoints down: AWS promises no more', break: async (theatre) => { await down(theatre); for (const endpoint of arcEndpoints.slice(0, 2)) await theatre.operator.fault('arc-endpoint', endpoint, 'down'); },
    action: 'failover', verdict: 'GO',
  },
  {
    name: 'active Region dead, no ARC endpoint answers', break: async (theatre) => { await down(theatre); for (const endpoint of arcEndpoints) await theatre.operator.fault('arc-endpoint', endpoint, 'down'); },
    action: 'investigate', verdict: 'NO_GO', says: [/no ARC endpoint answers/],
  },
  {
    name: 'active Region dead, a safety rule would refuse the flip',
    break: async (theatre) => {
      await down(theatre);
      await theatre.changeDeployment((deployment) => ({ ...deployment, arc: deployment.arc && { ...deployment.arc, assertionRules: [...deployment.arc.assertionRules, { arn: 'arn:aws:route53-recovery-control::111122223333:safetyrule/home', name: 'home-always-on', regions: [home], type: 'AND' as const, threshold: 1, inverted: false }] } }));
    },
    action: 'investigate', verdict: 'NO_GO', says: [/the safety rule home-always-on/],
  },
  { name: 'somebody is moving the pipeline', break: lockOf(50), action: 'stay', verdict: 'NO_GO', says: [/failover test-lock of ann@desk.*is under way/] },
  { name: 'active Region dead, somebody is moving the pipeline', break: async (theatre) => { await lockOf(50)(theatre); await down(theatre); }, action: 'investigate', verdict: 'NO_GO', says: [/ann@desk.*is running failover test-lock/] },
  { name: 'an operation stopped half way', break: lockOf(-60), action: 'resume', verdict: 'NO_GO', says: [/test-lock of ann@desk.*stopped without finishing/] },
  {
    name: 'ARC drifted from the ledger', break: async (theatre) => { await theatre.setRoutingControls({ [home]: 'Off' }); await settled(theatre, 'Off'); },
    action: 'resume', verdict: 'NO_GO', to: home, says: [/ARC routing control of us-east-1 is Off/],
  },
  {
    name: 'replication paused: seven inputs not copied, and no eighth',
    break: async (theatre) => { await theatre.setRoutingControls({ [home]: 'On' }); await settled(theatre, 'On'); await pausedWithInputs(theatre, 'late', 7); },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA',
    check: (verdict) => namesExactly(verdict, 'late', 7),
  },
  {
    name: 'replication paused, seven inputs not copied, and the active Region dies',
    break: async (theatre) => { await pausedWithInputs(theatre, 'last', 7); await down(theatre); },
    action: 'failover', verdict: 'GO_WITH_DATA_RISK', says: [/7 accepted inputs are not in us-west-2/],
    check: (verdict) => namesExactly(verdict, 'last', 7),
  },
  {
    name: 'moved ten minutes ago, and the active Region dies',
    break: async (theatre) => {
      const at = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
      await theatre.ledger.putOperation({ operationId: '20000101T000000Z-test00', kind: 'failback', mode: 'graceful', from: standby, to: home, epoch: 1, operator: 'ann@desk', startedAt: at(11), finishedAt: at(10), outcome: 'done', rtoSeconds: 9 });
      await down(theatre);
    },
    action: 'failover', verdict: 'GO', says: [/moved 10 min ago/], acknowledge: ['recent-move'],
  },
];

/** Holds what arrives: nothing can be started, so the inputs stay open. */
async function pausedWithInputs({ operator }: Theatre, prefix: string, count: number): Promise<void> {
  await operator.fault('replication', `${home}->${standby}`, 'pause');
  await operator.fault('service', `states@${home}`, 'throttle');
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}.csv`);
  for (const [index, name] of names.entries()) await operator.write(name, orderFile(5, index).text);
  await operator.document(['submit', ...names]);
}

/** Independent of the order in which they were sent, and of nothing else. */
function namesExactly({ recommendation }: Verdict, prefix: string, count: number): void {
  const expected = Array.from({ length: count }, (_, index) => `${prefix}-${index}.csv`);
  const named = recommendation.rpo.keys.map((key) => key.split('/').at(-1) ?? '').sort();
  if (JSON.stringify(named) !== JSON.stringify(expected)) throw new Error(`named ${named.join(', ') || 'nothing'} instead of ${expected.join(', ')}`);
}

function signalOf(verdict: Verdict, region: string, name: string, level: string, why: RegExp): void {
  const signal = verdict.regions[region]?.signals.find((each) => each.name === name);
  if (signal?.level !== level || !why.test(signal.why)) throw new Error(`${name} of ${region} is ${JSON.stringify(signal)}`);
}

/** ARC's endpoints may disagree for 15 s after a change. */
async function settled({ operator }: Theatre, state: string): Promise<void> {
  await eventually('the routing controls to settle', async () => {
    const { routing, recommendation } = await operator.document<Verdict & { routing: { arc: Record<string, unknown> } }>(['status']);
    const agreed = !recommendation.warnings.some((warning) => warning.includes('disagree'));
    return (routing.arc[home] === state && agreed) || undefined;
  }, 30_000);
}
