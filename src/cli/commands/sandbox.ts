import type { Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

export interface SandboxFlags extends RawGlobalFlags {
  dir?: string;
}

export interface SandboxStartFlags extends SandboxFlags {
  portBase?: string;
  detach?: boolean;
  speed: string;
  latency: string;
  quotas: string;
  seed: string;
  references: string;
  assembly?: string;
}

export interface SampleFlags extends RawGlobalFlags {
  rows: string;
  bad: string;
  seed: string;
}

export function addSandbox(program: Command, start: Start): void {
  const sandbox = withExamples(program.command('sandbox'), ['sandbox start --detach', 'sandbox fault region us-east-1 down', 'sandbox stop'])
    .summary('a two-Region AWS on this machine, to try everything on')
    .description('An embedded two-Region AWS on loopback. It deploys the very templates that CDK synthesises; no AWS account is needed and nothing leaves this machine.');
  addStart(sandbox, start);
  addState(sandbox, start);
  addFault(sandbox, start);
  addSample(sandbox, start);
}

function addStart(sandbox: Command, start: Start): void {
  withExamples(withDirectory(sandbox.command('start')), ['sandbox start --detach', 'sandbox start --detach --dir /tmp/two-regions'])
    .summary('start it, deploy the pipeline, register the deployment "sandbox"')
    .option('--detach', 'return when it is ready; stop it with: batchctl sandbox stop')
    .option('--port-base <n>', 'first of the ports to listen on (default: free ones)')
    .option('--speed <factor>', 'how many times faster than real time the simulated delays pass', '1')
    .option('--latency <mode>', 'off, or realistic: AWS\'s latencies on every call', 'off')
    .option('--quotas <mode>', 'on or off: throttle as AWS\'s quotas do', 'on')
    .option('--seed <n>', 'seed of everything random in it', '1')
    .option('--references <n>', 'rows of sample reference data to load', '5000')
    .option('--assembly <dir>', 'deploy what cdk synth wrote there, at this start and named again at the next (default: the templates that came along)')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<SandboxStartFlags>();
      return start(flags, async (context) => (await import('../actions/sandbox-start.js')).startSandbox(context, flags));
    });
}

function addState(sandbox: Command, start: Start): void {
  withExamples(withDirectory(sandbox.command('deploy')), ['sandbox deploy --assembly ../pipeline/cdk.out'])
    .summary('deploy other templates and code into it while it runs')
    .description('Deploys what cdk synth wrote into the running sandbox, as cdk deploy --all would: what changed is changed, what left the templates is removed, and jobs go on meanwhile. Then the deployment file is written anew, as init does; routing is never moved.')
    .option('--assembly <dir>', 'the folder that cdk synth wrote (default: the templates that came along)')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<SandboxFlags & { assembly?: string }>();
      return start(flags, async (context) => (await import('../actions/sandbox-deploy.js')).deployToSandbox(context, flags));
    });
  withExamples(withDirectory(sandbox.command('destroy')), ['sandbox destroy'])
    .summary('delete all stacks in it, as cdk destroy --all would')
    .description('Deletes the stacks of the running sandbox, the last one deployed first, and says what stays: the data, unless the templates give it up (-c keepData=false). A bucket that holds something stops it, as in AWS; the next attempt goes on from there.')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<SandboxFlags>();
      return start(flags, async (context) => (await import('../actions/sandbox-destroy.js')).destroyInSandbox(context, flags));
    });
  withExamples(withDirectory(sandbox.command('stop')), ['sandbox stop'])
    .summary('stop it; its state is kept')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<SandboxFlags>();
      return start(flags, async (context) => (await import('../actions/sandbox-state.js')).stopSandbox(context, flags));
    });
  withExamples(withDirectory(sandbox.command('status')), ['sandbox status', 'sandbox status --unmodelled'])
    .summary('what runs in it, what is broken, and the e-mails it sent')
    .option('--unmodelled', 'list the template properties that the sandbox does not imitate')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<SandboxFlags & { unmodelled?: boolean }>();
      return start(flags, async (context) => (await import('../actions/sandbox-state.js')).showSandbox(context, flags));
    });
  withExamples(withDirectory(sandbox.command('env')), ['sandbox env', 'eval "$(batchctl sandbox env)" && aws s3 ls', 'eval "$(batchctl sandbox env --role observer)" && batchctl status'])
    .summary('shell exports, so that other AWS clients can talk to it')
    .option('--role <role>', 'operator or observer: batchctl itself then acts in that role, not as the administrator')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<SandboxFlags & { role?: string }>();
      return start(flags, async (context) => (await import('../actions/sandbox-state.js')).showEnvironment(context, flags));
    });
  withExamples(withDirectory(sandbox.command('reset')), ['sandbox reset --yes'])
    .summary('stop it and delete its state')
    .option('--yes', 'do not ask')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<SandboxFlags & { yes?: boolean }>();
      return start(flags, async (context) => (await import('../actions/sandbox-state.js')).resetSandbox(context, flags));
    });
}

function addFault(sandbox: Command, start: Start): void {
  withExamples(withDirectory(sandbox.command('fault')), [
    'sandbox fault region us-east-1 down',
    'sandbox fault arc-endpoint eu-west-1 slow',
    'sandbox fault replication "us-east-1->us-west-2" lag 10m',
    'sandbox fault service states@us-east-1 throttle',
    'sandbox fault list',
    'sandbox fault clear',
  ])
    .summary('break something, list what is broken, or mend it all')
    .argument('<what>', 'region, arc-endpoint, replication, service, credentials, list or clear')
    .argument('[target...]', 'which one, and what is to happen to it')
    .addHelpText('after', `
Faults:
  region REGION down|gray|isolated|up          off · slow and partly failing · cut off but running inside · fine
  arc-endpoint REGION down|slow|up
  replication 'FROM->TO' pause|lag DURATION|resume   in quotes: > means something to a shell
  service NAME@REGION throttle|error|slow|ok   NAME as in its endpoint: s3, dynamodb, states, lambda, …
  credentials operator expired|ok              what whoever types these commands signs with`)
    .action((what: string, target: string[], _flags, command: Command) => {
      const flags = command.optsWithGlobals<SandboxFlags>();
      return start(flags, async (context) => (await import('../actions/sandbox-fault.js')).changeFault(context, [what, ...target], flags));
    });
}

function addSample(sandbox: Command, start: Start): void {
  withExamples(sandbox.command('sample'), ['sandbox sample > orders.csv', 'sandbox sample --rows 10000 --bad 37 --seed 7 > orders.csv'])
    .summary('print a sample CSV whose uuids the loaded reference data knows')
    .option('--rows <n>', 'rows without the header', '1000')
    .option('--bad <n>', 'how many of them break a rule', '0')
    .option('--seed <n>', 'the same seed gives the same file', '1')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<SampleFlags>();
      return start(flags, async (context) => (await import('../actions/sandbox-sample.js')).printSample(context, flags));
    });
}

function withDirectory(command: Command): Command {
  return command.option('--dir <dir>', 'where it keeps its state (default: the user\'s state folder)');
}
