import type { Command } from 'commander';
import { buildProgram } from '../../src/cli/program.js';
import { documentSchemas } from '../../src/cli/schemas/all.js';

const program = buildProgram(() => Promise.resolve(), '0.0.0');

/** Throws where what a command printed with `-o json` or `-o ndjson` is not what its schema promises, or is more. */
export function holdAgainstSchema(words: readonly string[], stdout: string): void {
  const format = words.find((_, index) => words[index - 1] === '-o');
  if (stdout === '' || (format !== 'json' && format !== 'ndjson')) return;
  const command = commandOf(words);
  if (!documentSchemas.has(command)) return;
  for (const text of format === 'json' ? [stdout] : stdout.trimEnd().split('\n')) {
    // A process that was killed may leave half a line.
    const value = parsed(text);
    if (value) hold(nameOf(value, format, command), value);
  }
}

function nameOf(value: Record<string, unknown>, format: string, command: string): string {
  if ('error' in value && !('outcome' in value) && !('operationId' in value) && !('jobId' in value)) return 'error';
  return format === 'json' || value['type'] === 'result' ? command : 'event';
}

function hold(name: string, value: Record<string, unknown>): void {
  const { type, ...document } = value;
  const judged = documentSchemas.get(name)?.safeParse(type === 'result' || type === 'error' ? document : value);
  if (judged?.success === false) throw new Error(`what was printed is not what the schema of ${name} says: ${judged.error.message}\n${JSON.stringify(value).slice(0, 2000)}`);
}

function commandOf(words: readonly string[]): string {
  const path: string[] = [];
  let command: Command = program;
  for (const word of words) {
    const child = command.commands.find((each) => each.name() === word);
    if (!child) continue;
    path.push(word);
    command = child;
  }
  return path.join(' ');
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
