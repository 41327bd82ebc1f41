import type { Command } from 'commander';

const examplesByCommand = new WeakMap<Command, readonly string[]>();

/** What `withExamples` gave a command; the reference prints them too. */
export function examplesOf(command: Command): readonly string[] {
  return examplesByCommand.get(command) ?? [];
}

/** Puts examples before everything else in a command's help: they are what most readers came for. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  examplesByCommand.set(command, examples);
  return command.addHelpText('before', `Examples:\n${examples.map((example) => `  $ batchctl ${example}`).join('\n')}\n`);
}
