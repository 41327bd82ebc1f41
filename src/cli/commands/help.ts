import type { Command } from 'commander';
import { usage } from '../../errors.js';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

const further = ['reference', 'schema'];

export function addHelp(program: Command, start: Start): void {
  withExamples(program.command('help'), ['help failover', 'help exit-codes', 'help schema', 'help schema status > status.schema.json'])
    .summary('help on a command, or on exit-codes, environment, output, concepts, reference, schema')
    .description('Help on a command or a topic. schema COMMAND prints the JSON Schema of what that command prints with -o json.')
    .argument('[topic...]', 'a command, or exit-codes, environment, output, concepts, reference, schema')
    .action((words: string[], _flags, command: Command) => start(command.optsWithGlobals<RawGlobalFlags>(), async (context) => {
      context.output.result({ topic: words.join(' '), text: await textOn(program, words) }, (document) => document.text.trimEnd().split('\n'));
      return 0;
    }));
}

async function textOn(program: Command, words: string[]): Promise<string> {
  const { topics } = await import('../help/topics.js');
  const topic = topics[words.join(' ')];
  if (topic !== undefined) return topic;
  if (words[0] === 'schema') return (await import('../help/schemas.js')).schemaText(words.slice(1));
  if (words.join(' ') === 'reference') return (await import('../command-reference.js')).commandReference(program);
  return helpOfCommand(program, words, [...Object.keys(topics), ...further]);
}

function helpOfCommand(program: Command, words: string[], topics: string[]): string {
  let command = program;
  for (const word of words) {
    const child = command.commands.find((each) => each.name() === word);
    if (!child) throw usage('USAGE', `There is no help on ${JSON.stringify(words.join(' '))}.`, [`Topics: ${topics.join(', ')}.`, 'Commands: batchctl --help']);
    command = child;
  }
  // Unlike helpInformation(), this includes the examples.
  let text = '';
  command.configureOutput({ writeOut: (part) => { text += part; } });
  command.outputHelp();
  return text;
}
