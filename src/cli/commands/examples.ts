import type { Command } from 'commander';

const examplesByCommand = new WeakMap<Command, readonly string[]>();

/** What `withExamples` gave a command; the reference prints them too. */
export function examplesOf(command: Command): readonly string[] {
  return examplesByCommand.get(command) ?? [];
}

/** A line as it is typed; one that does not begin with a command of ours is whole already. */
export function typedLine(example: string): string {
  return example.startsWith('eval ') ? example : `batchctl ${example}`;
}

/** Puts examples before everything else in a command's help: they are what most readers came for. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  examplesByCommand.set(command, examples);
  return command.addHelpText('before', `Examples:\n${examples.map((example) => `  $ ${typedLine(example)}`).join('\n')}\n`);
}
