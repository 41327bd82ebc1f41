import { ExitCode, usage } from '../../errors.js';
import type { FaultRequest, FaultsState } from '../../sandbox/index.js';
import type { Page } from '../../ui/output.js';
import { printable } from '../../ui/printable.js';
import { formatSeconds } from '../../ui/quantities.js';
import type { CommandContext } from '../context.js';
import { parseDuration } from '../durations.js';
import { connectToSandbox, withSandboxErrors } from '../sandbox-access.js';

export async function changeFault(context: CommandContext, words: string[], request: { dir?: string }): Promise<ExitCode> {
  const fault = words.length === 1 && (words[0] === 'list' || words[0] === 'clear') ? words[0] : parseFault(words);
  const client = await connectToSandbox(context, request.dir);
  const faults = await withSandboxErrors(() => (fault === 'list' ? client.listFaults() : fault === 'clear' ? client.clearFaults() : client.setFault(fault)));
  context.output.result({ faults }, (document, page) => faultLines(document.faults, page));
  return ExitCode.done;
}

/** `region us-east-1 down`, `replication us-east-1->us-west-2 lag 10m`, … Which Regions there are, the sandbox checks. */
export function parseFault(words: readonly string[]): FaultRequest {
  const [kind, target, state, ...rest] = words;
  if (kind === undefined || target === undefined || state === undefined) throw wrongForm(words);
  const isLag = kind === 'replication' && state === 'lag';
  if (rest.length !== (isLag ? 1 : 0)) throw wrongForm(words);
  switch (kind) {
    case 'region': return { kind, region: target, state: oneOf(state, ['up', 'gray', 'down', 'isolated'], words) };
    case 'arc-endpoint': return { kind, region: target, state: oneOf(state, ['up', 'slow', 'down'], words) };
    case 'credentials':
      if (target !== 'operator') throw wrongForm(words);
      return { kind, holder: target, state: oneOf(state, ['expired', 'ok'], words) };
    case 'service': {
      const [service, region] = target.split('@');
      if (!service || !region) throw wrongForm(words);
      return { kind, service, region, state: oneOf(state, ['ok', 'throttle', 'error', 'slow'], words) };
    }
    case 'replication': {
      const [from, to] = target.split('->');
      // An unquoted `A->B` reaches us as `A-`, and the shell has made a file named `B`.
      if (!from || !to) throw wrongForm(words);
      return { kind, from, to, state: replicationState(oneOf(state, ['pause', 'lag', 'resume'], words), rest[0]) };
    }
    default: throw wrongForm(words);
  }
}

function replicationState(state: 'pause' | 'lag' | 'resume', lag: string | undefined): Extract<FaultRequest, { kind: 'replication' }>['state'] {
  if (state === 'lag') return { mode: 'lagging', lagMs: parseDuration(lag ?? '', 'the lag') };
  return { mode: state === 'pause' ? 'paused' : 'flowing' };
}

function oneOf<State extends string>(state: string, states: readonly State[], words: readonly string[]): State {
  const found = states.find((each) => each === state);
  if (found) return found;
  throw usage('USAGE', `A ${words[0]} cannot be ${JSON.stringify(state)}; it can be ${states.join(', ')}.`, ['See: batchctl sandbox fault --help']);
}

function wrongForm(words: readonly string[]): Error {
  return usage('USAGE', `That is no fault: ${JSON.stringify(words.join(' '))}.`, [
    'Such as: batchctl sandbox fault region us-east-1 down',
    'Such as: batchctl sandbox fault replication \'us-east-1->us-west-2\' lag 10m',
    'All of them: batchctl sandbox fault --help',
  ]);
}

export function faultLines(faults: FaultsState, page: Page): string[] {
  const lines = [
    ...Object.entries(faults.regions).filter(([, state]) => state !== 'up').map(([region, state]) => `region ${region} is ${state}`),
    ...Object.entries(faults.arcEndpoints).filter(([, state]) => state !== 'up').map(([region, state]) => `ARC endpoint ${region} is ${state}`),
    ...Object.entries(faults.credentials).filter(([, state]) => state !== 'ok').map(([holder, state]) => `the ${holder}'s credentials have ${state}`),
    ...Object.entries(faults.services).filter(([, state]) => state !== 'ok').map(([service, state]) => `service ${service}: ${state}`),
    ...Object.entries(faults.replication).flatMap(([pair, state]) => {
      if (state.mode === 'flowing') return [];
      return [`replication ${pair} is ${state.mode}${state.mode === 'lagging' ? ` by ${formatSeconds(state.lagMs / 1000)}` : ''}`];
    }),
  ];
  if (lines.length === 0) return [`${page.theme.good('✔ ok')}  nothing is broken`];
  return lines.map((line) => `${page.theme.bad('✖ broken')}  ${printable(line)}`);
}
