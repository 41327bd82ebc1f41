import type { Command } from 'commander';
import { usage } from '../../errors.js';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';

export function addHelp(program: Command, start: Start): void {
  program.command('help')
    .summary('help on a command, or on exit-codes, environment, output, concepts, reference')
    .argument('[topic...]', 'a command, or exit-codes, environment, output, concepts, reference')
    .action((words: string[], _flags, command: Command) => start(command.optsWithGlobals<RawGlobalFlags>(), async (context) => {
      const { topics } = await import('../help/topics.js');
      const topic = topics[words.join(' ')];
      const { commandReference } = await import('../command-reference.js');
      const text = topic ?? (words.join(' ') === 'reference' ? commandReference(program) : helpOfCommand(program, words, [...Object.keys(topics), 'reference']));
      context.output.result({ topic: words.join(' '), text }, (document) => document.text.trimEnd().split('\n'));
      return 0;
    }));
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
