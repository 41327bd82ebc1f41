import { Option, type Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

export interface HistoryFlags extends RawGlobalFlags {
  limit: string;
  since?: string;
}

export interface ReportFlags extends RawGlobalFlags {
  format?: string;
  since?: string;
  out?: string;
}

export function addHistory(program: Command, start: Start): void {
  withExamples(program.command('history'), ['history', 'history --since 90d', 'history --limit 5 -o json'])
    .summary('past failovers, failbacks and drills')
    .description('Lists operations, newest first: what moved where, by whom, why, how it ended and how long it took.')
    .option('--limit <n>', 'at most this many', '20')
    .option('--since <when>', 'only those started since a date, a time or an age, such as 2026-11-01 or 30d')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<HistoryFlags>();
      return start(flags, async (context) => (await import('../actions/history.js')).showHistory(context, flags));
    });

  withExamples(program.command('report'), ['report', 'report 20261121T060420Z-4f1c2a --format html --out report.html', 'report --since 90d --format html --out audit.html', 'report -o json'])
    .summary('what a move did, why, and what it cost, by key')
    .description('The after-action report: timeline from the first bad minute to the proof, time to recover split into its phases, what was left behind by key, the evidence at the moment of the decision, and what the old Region held that the new one does not. Changes nothing.')
    .argument('[id]', 'operation (default: the newest)')
    .addOption(new Option('--format <format>', 'md, html (one file that needs no network) or json (default: md)').choices(['md', 'html', 'json']))
    .option('--since <when>', 'all operations since a date, a time or an age, such as 2026-11-01 or 90d')
    .option('--out <file>', 'write it to this file instead of standard output')
    .action((id: string | undefined, _flags, command: Command) => {
      const flags = command.optsWithGlobals<ReportFlags>();
      return start(flags, async (context) => (await import('../actions/report.js')).report(context, { ...flags, ...(id === undefined ? {} : { operationId: id }) }));
    });
}
