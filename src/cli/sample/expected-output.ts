import { csvRow } from '../../core/csv.js';
import { outputColumns } from '../../core/record.js';
import { sampleRows, type SampleRequest } from './order-rows.js';
import { referenceValues } from './reference-rows.js';

export interface ExpectedOutput {
  /** The whole output file. */
  text: string;
  rows: { in: number; out: number; rejected: number };
  /** Record numbers of the rows that must be rejected; the header is record 1. */
  rejectedRows: number[];
}

/**
 * What the pipeline must make of a sample file, computed from how the file was made: no parser, no validation and no
 * table take part, so that an error of theirs cannot hide here.
 */
export function expectedOutput(request: SampleRequest): ExpectedOutput {
  const lines = [csvRow(outputColumns)];
  const rejectedRows: number[] = [];
  let record = 1;
  for (const row of sampleRows(request)) {
    record += 1;
    if (row.broken) rejectedRows.push(record);
    else lines.push(csvRow([...row.fields, ...referenceValues(row.fields[0] ?? '')]));
  }
  return { text: `${lines.join('\n')}\n`, rows: { in: record - 1, out: lines.length - 1, rejected: rejectedRows.length }, rejectedRows };
}
