import type { Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

export interface ReferenceFlags extends RawGlobalFlags {
  region?: string;
  wait: boolean;
}

export function addReference(program: Command, start: Start): void {
  const reference = withExamples(program.command('reference'), ['reference load reference.csv']).summary('the table that enriches rows').description('The table whose columns the pipeline adds to each row, by uuid.');
  withExamples(reference.command('load'), ['reference load reference.csv'])
    .summary('load rows into the enrichment table')
    .description('Loads a CSV with the header uuid,unitsSold,unitPrice,unitCost,totalRevenue,totalCost,totalProfit. Rows with a known uuid are replaced. It has ended when both Regions have them.')
    .argument('<file>', 'CSV file')
    .option('--region <region>', 'write in this Region (default: the home Region); the table replicates to the other')
    .option('--no-wait', 'do not look whether the rows have arrived in the other Region, where a job after a failover would need them')
    .action((file: string, _flags, command: Command) => {
      const flags = command.optsWithGlobals<ReferenceFlags>();
      return start(flags, async (context) => (await import('../actions/reference.js')).loadReference(context, file, flags));
    });
}
