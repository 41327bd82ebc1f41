import { usage } from '../errors.js';
import { outputFormats, type OutputFormat } from '../ui/output.js';
import { parseDuration } from './durations.js';

/** Flags that every command takes, as commander hands them over. */
export interface RawGlobalFlags {
  deployment?: string;
  config?: string;
  output?: string;
  color?: boolean;
  verbose?: boolean;
  timeout?: string;
}

export interface GlobalFlags {
  deployment?: string;
  config?: string;
  output: OutputFormat;
  noColour: boolean;
  verbose: boolean;
  timeoutMs?: number;
}

export function parseGlobalFlags(raw: RawGlobalFlags): GlobalFlags {
  const output = raw.output ?? 'human';
  if (!isOutputFormat(output)) throw usage('USAGE', `--output must be ${outputFormats.join(', ')}, not ${JSON.stringify(output)}.`);
  return {
    ...(raw.deployment === undefined ? {} : { deployment: raw.deployment }),
    ...(raw.config === undefined ? {} : { config: raw.config }),
    output,
    noColour: raw.color === false,
    verbose: raw.verbose === true,
    ...(raw.timeout === undefined ? {} : { timeoutMs: parseDuration(raw.timeout, '--timeout') }),
  };
}

/**
 * The chosen format of a command line that may not parse at all, so that even a usage error keeps it. Looks only at
 * `-o` and `--output`, in the spellings that the parser accepts.
 */
export function outputFormatOf(argv: readonly string[]): OutputFormat {
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] as string;
    if (argument === '--') break;
    const value = argument === '-o' || argument === '--output' ? argv[index + 1] : /^(?:--output=|-o)(.+)$/.exec(argument)?.[1];
    if (value !== undefined && isOutputFormat(value)) return value;
  }
  return 'human';
}

function isOutputFormat(text: string): text is OutputFormat {
  return (outputFormats as readonly string[]).includes(text);
}
