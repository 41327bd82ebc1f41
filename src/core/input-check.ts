import { createCsvReader, CsvProblem, type CsvRecord } from './csv.js';
import { headerProblem, recordProblem } from './record.js';

/** Why a file as a whole can never succeed; the same codes as a FAILED job of the pipeline has. */
export interface FileProblem {
  code: 'EMPTY_FILE' | 'NO_ROWS' | 'WRONG_HEADER' | 'NOT_CSV';
  message: string;
}

export interface InputReport {
  /** Rows without the header. */
  rows: number;
  badRows: number;
  /** The first bad rows. Record numbers, as in the rejects file: the header is 1. */
  firstBadRows: { row: number; reason: string }[];
  problem?: FileProblem;
}

export interface InputCheck {
  push(text: string): void;
  end(): InputReport;
}

const shownBadRows = 10;

/**
 * Checks an input as the pipeline will, from its text in any slices. Whether a uuid is known is not checked: only the
 * reference table can tell.
 */
export function createInputCheck(): InputCheck {
  const reader = createCsvReader();
  const report: InputReport = { rows: 0, badRows: 0, firstBadRows: [] };
  let header = false;

  function take(records: CsvRecord[]): void {
    for (const record of records) {
      if (report.problem) return;
      if (!header) {
        header = true;
        const problem = headerProblem(record.fields);
        if (problem) report.problem = { code: 'WRONG_HEADER', message: problem };
        continue;
      }
      report.rows += 1;
      const reason = record.problem ?? recordProblem(record.fields);
      if (reason === undefined) continue;
      report.badRows += 1;
      if (report.firstBadRows.length < shownBadRows) report.firstBadRows.push({ row: record.number, reason });
    }
  }

  function guarded(read: () => CsvRecord[]): void {
    if (report.problem) return;
    try {
      take(read());
    } catch (error) {
      if (!(error instanceof CsvProblem)) throw error;
      report.problem = { code: error.code, message: error.message };
    }
  }

  return {
    push: (text) => guarded(() => reader.push(text)),
    end() {
      guarded(() => reader.end());
      if (!report.problem && !header) report.problem = { code: 'EMPTY_FILE', message: 'the file is empty' };
      if (!report.problem && report.rows === 0) report.problem = { code: 'NO_ROWS', message: 'there is a header and no row' };
      return report;
    },
  };
}
