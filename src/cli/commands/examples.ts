import type { Command } from 'commander';

/** Puts examples before everything else in a command's help: they are what most readers came for. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText('before', `Examples:\n${examples.map((example) => `  $ batchctl ${example}`).join('\n')}\n`);
}
