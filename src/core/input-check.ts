import { createRecordReader, CsvProblem, fieldsOf, type RecordReaderOptions } from './csv.js';
import { headerProblem, recordProblem, referenceKeyColumn } from './record.js';
import { createRecordProof, proveRecord } from './record-proof.js';

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
  push(chunk: Uint8Array): void;
  end(): InputReport;
}

const shownBadRows = 10;

/**
 * Checks an input as the pipeline will, from its bytes in any slices. Whether a uuid is known is not checked: only the
 * reference table can tell.
 */
export function createInputCheck({ isUtf8 }: Pick<RecordReaderOptions, 'isUtf8'>): InputCheck {
  const report: InputReport = { rows: 0, badRows: 0, firstBadRows: [] };
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const proof = createRecordProof(referenceKeyColumn);
  let header = false;

  const reader = createRecordReader({
    tryTake(bytes, start, limit) {
      if (!header || report.problem) return -1;
      const next = proveRecord(bytes, start, limit, proof);
      if (next !== -1) report.rows += 1;
      return next;
    },
    record(bytes, start, end) {
      if (report.problem) return;
      const { fields, problem } = fieldsOf(decoder.decode(bytes.subarray(start, end)));
      if (header) return judge(problem ?? recordProblem(fields));
      header = true;
      const message = headerProblem(fields);
      if (message) report.problem = { code: 'WRONG_HEADER', message };
    },
  }, { isUtf8, fromFileStart: true });

  function judge(reason: string | undefined): void {
    report.rows += 1;
    if (reason === undefined) return;
    report.badRows += 1;
    // The header is record 1.
    if (report.firstBadRows.length < shownBadRows) report.firstBadRows.push({ row: report.rows + 1, reason });
  }

  function guarded(read: () => void): void {
    if (report.problem) return;
    try {
      read();
    } catch (error) {
      if (!(error instanceof CsvProblem)) throw error;
      report.problem = { code: error.code, message: error.message };
    }
  }

  return {
    push: (chunk) => guarded(() => reader.push(chunk)),
    end() {
      guarded(() => reader.end());
      if (!report.problem && !header) report.problem = { code: 'EMPTY_FILE', message: 'the file is empty' };
      if (!report.problem && report.rows === 0) report.problem = { code: 'NO_ROWS', message: 'there is a header and no row' };
      return report;
    },
  };
}
