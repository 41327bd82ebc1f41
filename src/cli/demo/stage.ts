import { printable } from '../../ui/printable.js';
import { formatSeconds } from '../../ui/quantities.js';
import { createTheme, type Theme } from '../../ui/theme.js';
import { note, type CommandContext } from '../context.js';

export interface Check {
  name: string;
  ok: boolean;
  detail: string;
}

/** Where the demo tells its story: on stdout for people, as notes for programs that follow along. */
export interface Stage {
  readonly theme: Theme;
  readonly checks: Check[];
  chapter(title: string): void;
  say(...lines: string[]): void;
  /** What the operator would type at this point. */
  command(words: string): void;
  /** Says whether something is as it must be, and remembers it for the verdict at the end. */
  check(name: string, ok: boolean, detail: string): void;
}

export function createStage(context: CommandContext): Stage {
  const theme = createTheme(context.terminal.colour);
  const startedAt = context.clock.now().getTime();
  const checks: Check[] = [];
  let chapters = 0;
  const tellLines = (lines: string[]): void => {
    context.output.close();
    if (context.output.format === 'human') context.streams.stdout.write(`${lines.join('\n')}\n`);
    else for (const line of lines) if (line !== '') note(context, line);
  };
  return {
    theme,
    checks,
    chapter(title) {
      chapters += 1;
      const at = formatSeconds((context.clock.now().getTime() - startedAt) / 1000);
      tellLines(['', `${theme.heading(`${chapters}. ${title}`)}  ${theme.faint(`after ${at}`)}`]);
    },
    say: (...lines) => tellLines(lines.map((line) => `   ${line}`)),
    command: (words) => tellLines([`   ${theme.accent(`$ batchctl ${words}`)}`]),
    check(name, ok, detail) {
      checks.push({ name, ok, detail });
      tellLines([`   ${ok ? theme.good('✔ ok') : theme.bad('✖ WRONG')}  ${name}: ${printable(detail)}`]);
    },
  };
}
