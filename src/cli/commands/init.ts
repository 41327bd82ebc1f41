import type { Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

export interface InitFlags extends RawGlobalFlags {
  outputs?: string;
  fromSsm?: string;
  app: string;
  name?: string;
  profile?: string;
  publish?: boolean;
}

export function addInit(program: Command, start: Start): void {
  withExamples(program.command('init'), ['init --outputs outputs.json', 'init --from-ssm us-east-1 --name production', 'init --from-ssm us-east-1 --name production --profile operator', 'init --publish'])
    .summary('write the deployment file and set the first routing state')
    .description('Writes the deployment file from a deployed stack, and sets the first routing state: the home Region active. Running it again is harmless: a pipeline that has moved stays where it is. With --publish it writes the policy and the extension points of the deployment file into both Regions instead, where the runbooks read them.')
    .option('--outputs <file>', 'the file that cdk deploy --outputs-file wrote')
    .option('--from-ssm <region>', 'read the description from SSM in this Region')
    .option('--app <name>', 'name of the deployed app, for --from-ssm', 'batchctl')
    .option('--name <name>', 'name of the deployment (default: the app\'s)')
    .option('--profile <profile>', 'sign with this profile of the shared AWS configuration')
    .option('--publish', 'publish policy and extension points for runbooks and the automatic failover')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<InitFlags>();
      return start(flags, async (context) => (flags.publish ? (await import('../actions/publish-choices.js')).publishOwnChoices(context) : (await import('../actions/init.js')).init(context, flags)));
    });
}
