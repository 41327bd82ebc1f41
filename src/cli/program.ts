import { Command, CommanderError } from 'commander';
import type { Environment } from '../config/locations.js';
import { closest } from '../config/suggestions.js';
import { ExitCode, usage } from '../errors.js';
import { addCommands } from './commands/all.js';
import { withExamples } from './commands/examples.js';
import { createStart } from './start.js';
import type { SignalSource } from './interrupts.js';
import type { Streams } from './streams.js';

export interface ProgramOptions {
  version: string;
  signals: SignalSource;
  leaveNow(): void;
}

/** Parses `argv` and runs the command it names. Throws whatever the command throws. */
export async function runProgram(argv: readonly string[], env: Environment, streams: Streams, options: ProgramOptions): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.done;
  const start = createStart({ env, streams, signals: options.signals, leaveNow: options.leaveNow, finished: (code) => { exitCode = code; } });
  const program = buildProgram(start, options.version);
  eachCommand(program, (command) => {
    command.exitOverride().configureOutput({
      writeOut: (text) => { streams.stdout.write(text); },
      // Commander's own messages arrive as exceptions too, and are printed once, by the funnel.
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(100, streams.stdout.columns ?? 100),
    });
  });
  if (argv.length === 0) {
    program.outputHelp();
    return ExitCode.done;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return ExitCode.done;
    throw usageErrorOf(error, program, argv);
  }
  return exitCode;
}

export function buildProgram(start: Parameters<typeof addCommands>[1], version: string): Command {
  const program = new Command('batchctl')
    .description('Fails a two-Region batch pipeline over and back, and shows what that costs before it is done.')
    .usage('[flags] COMMAND')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showSuggestionAfterError(false);
  withExamples(program, ['status', 'failover --to us-west-2 --dry-run', 'demo']);
  addCommands(program, start);
  addGlobalFlags(program);
  eachCommand(program, (command) => {
    command.helpOption('-h, --help', 'show help').allowExcessArguments(false).configureHelp({ showGlobalOptions: true, sortSubcommands: false });
  });
  return program;
}

/** Recognised before and after a command's name. */
function addGlobalFlags(command: Command): void {
  command
    .option('-d, --deployment <name>', 'which deployment (env BATCHCTL_DEPLOYMENT)')
    .option('--config <file>', 'deployment file, or a folder of them (env BATCHCTL_CONFIG)')
    .option('-o, --output <format>', 'human, json or ndjson (default: human)')
    .option('--no-color', 'no colour (env NO_COLOR)')
    .option('--verbose', 'say more when something fails')
    .option('--timeout <duration>', 'give up after this long, such as 30s or 5m');
}

function eachCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) eachCommand(child, visit);
}

function usageErrorOf(error: CommanderError, program: Command, argv: readonly string[]): Error {
  const message = error.message.replace(/^error: /, '');
  if (error.code === 'commander.help') return usage('USAGE', 'Which command?', helpSteps(program, argv));
  const unknown = /^unknown (command|option) '([^']*)'/.exec(message);
  if (unknown) {
    const suggestion = suggest(unknown[1] as 'command' | 'option', unknown[2] ?? '', program, argv);
    return usage('USAGE', `There is no ${unknown[1] === 'option' ? 'flag' : 'command'} ${JSON.stringify(unknown[2])}${suggestion ? `; did you mean ${suggestion}?` : '.'}`, helpSteps(program, argv));
  }
  return usage('USAGE', `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.?]$/.test(message) ? '' : '.'}`, helpSteps(program, argv));
}

function suggest(kind: 'command' | 'option', typed: string, program: Command, argv: readonly string[]): string | undefined {
  const command = commandOf(program, argv);
  const candidates = kind === 'command' ? command.commands.map((each) => each.name()) : [...command.options, ...program.options].map((each) => each.long ?? '');
  return closest(typed, candidates);
}

function helpSteps(program: Command, argv: readonly string[]): string[] {
  const path: string[] = [];
  for (let command: Command | null = commandOf(program, argv); command; command = command.parent) path.unshift(command.name());
  return [`See: ${path.join(' ')} --help`];
}

/** The deepest command that `argv` names. */
function commandOf(program: Command, argv: readonly string[]): Command {
  let command = program;
  let isValue = false;
  for (const word of argv) {
    const child = isValue ? undefined : command.commands.find((each) => each.name() === word);
    // What stands behind a flag that takes a value is no command, though a deployment may be called like one.
    isValue = [...command.options, ...program.options].some((option) => (option.short === word || option.long === word) && (option.required || option.optional));
    if (child) command = child;
  }
  return command;
}
