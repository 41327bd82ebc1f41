import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expectedOutput, type ExpectedOutput } from '../sample/expected-output.js';
import { sampleText, type SampleRequest } from '../sample/order-rows.js';

export interface SampleFile {
  name: string;
  file: string;
  bytes: number;
  /** How the file was made, from which what must come out is computed. */
  request: SampleRequest;
}

/** The file among them that has rows which break rules. */
export const badFileIndex = 2;
export const badRows = 37;
/** Every fifth file is this many times as long, so that some jobs have many parts. */
const longFactor = 10;

export async function writeSampleFiles(directory: string, options: { files: number; rows: number; references: number }): Promise<SampleFile[]> {
  const made: SampleFile[] = [];
  for (let index = 0; index < options.files; index += 1) {
    const name = `orders-${String(index + 1).padStart(2, '0')}.csv`;
    const rows = index % 5 === 4 ? options.rows * longFactor : options.rows;
    const request = { rows, bad: index === badFileIndex ? Math.min(badRows, rows) : 0, seed: index + 1, references: options.references };
    const text = [...sampleText(request)].join('');
    const file = path.join(directory, name);
    await writeFile(file, text);
    made.push({ name, file, bytes: Buffer.byteLength(text), request });
  }
  return made;
}

export interface Judged {
  name: string;
  problem: string | undefined;
}

/** Compares what came out with what must come out, byte for byte; of the rejects, the row numbers and their order. */
export function judgeOutput(sample: SampleFile, output: Buffer, rejects: Buffer | undefined): Judged {
  const expected = expectedOutput(sample.request);
  return { name: sample.name, problem: outputProblem(expected, output) ?? rejectsProblem(expected, rejects) };
}

function outputProblem(expected: ExpectedOutput, output: Buffer): string | undefined {
  const wanted = Buffer.from(expected.text);
  if (wanted.equals(output)) return undefined;
  const at = wanted.findIndex((byte, index) => byte !== output[index]);
  return `${output.length} bytes (SHA-256 ${sha256(output).slice(0, 12)}…) instead of ${wanted.length} (${sha256(wanted).slice(0, 12)}…), first difference at byte ${at < 0 ? wanted.length : at}`;
}

function rejectsProblem(expected: ExpectedOutput, rejects: Buffer | undefined): string | undefined {
  // No text of a sample row holds a line break, so each line of the file is one reject.
  const rows = (rejects?.toString('utf8') ?? '').split('\n').slice(1).filter((line) => line !== '').map((line) => Number(line.slice(0, line.indexOf(','))));
  if (rows.join() === expected.rejectedRows.join()) return undefined;
  return `${rows.length} rejects instead of ${expected.rejectedRows.length}`;
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
