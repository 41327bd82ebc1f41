import type { Command, Option } from 'commander';
import { examplesOf, typedLine } from './commands/examples.js';

const introduction = `# The command line

This folder is what users type: \`commands/\` describes flags and help, one thin file a command; \`actions/\` is what a command
does, loaded when it runs; \`help/\` holds the topics. A command parses and then makes one call. Only this folder and
\`main.ts\` touch the process; what is shown goes through \`ui/\`, what is decided is in \`core/\`, what is done in \`workflow/\`.

What follows is made from the command tree itself (\`batchctl help reference\`), and a test keeps this file true:
\`npx vitest run --config test/vitest.config.ts test/cli/command-reference.test.ts -u\` writes it anew.
`;

/** Every command with its arguments, flags and examples, as Markdown. Made from the tree, so that it cannot fall behind it. */
export function commandReference(program: Command): string {
  return [
    introduction,
    '## Global flags',
    '',
    'Recognised before and after a command\'s name.',
    '',
    ...flagTable(program.options),
    ...program.commands.flatMap((command) => commandSection(command, [])),
  ].join('\n').replace(/\n{3,}/g, '\n\n').trimEnd();
}

function commandSection(command: Command, parents: string[]): string[] {
  const path = [...parents, command.name()];
  const words = command.registeredArguments.map((argument) => argumentText(argument.name(), argument.required, argument.variadic));
  const examples = examplesOf(command);
  return [
    '',
    `${'#'.repeat(path.length + 1)} batchctl ${[...path, ...words].join(' ')}`,
    '',
    escapeCell(command.description() || sentence(command.summary())),
    ...(examples.length > 0 ? ['', '```sh', ...examples.map(typedLine), '```'] : []),
    ...(command.registeredArguments.length > 0 ? ['', '| argument | is |', '| --- | --- |', ...command.registeredArguments.map((argument) => `| \`${argument.name()}\` | ${escapeCell(argument.description)} |`)] : []),
    ...(command.options.length > 0 ? ['', ...flagTable(command.options)] : []),
    ...command.commands.flatMap((child) => commandSection(child, path)),
  ];
}

function flagTable(options: readonly Option[]): string[] {
  return ['| flag | does | default |', '| --- | --- | --- |', ...options.map((option) => `| \`${option.flags}\` | ${escapeCell(`${option.description}${option.argChoices ? ` (${option.argChoices.join(', ')})` : ''}`)} | ${defaultOf(option)} |`)];
}

/** A `--no-x` flag is on unless it is given, which its description says already. */
function defaultOf(option: Option): string {
  return option.defaultValue === undefined || option.negate ? '' : `\`${String(option.defaultValue)}\``;
}

function argumentText(name: string, required: boolean, variadic: boolean): string {
  const text = `${name}${variadic ? '...' : ''}`;
  return required ? `<${text}>` : `[${text}]`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
