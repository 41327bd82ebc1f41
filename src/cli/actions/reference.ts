import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { awaitReferenceCopy } from '../../aws/reference-copy.js';
import { loadReferenceData, type ReferenceEntry } from '../../aws/reference-data.js';
import { createClientFactory } from '../../aws/clients.js';
import { createCsvReader, CsvProblem, type CsvRecord } from '../../core/csv.js';
import { referenceAttributes, referenceKey, type ReferenceRow } from '../../core/record.js';
import type { Deployment } from '../../config/schema.js';
import { ExitCode, OperatorError, usage } from '../../errors.js';
import { formatCount } from '../../ui/quantities.js';
import { checkCaller } from '../caller.js';
import { checkRegion } from '../connect.js';
import { tell, type CommandContext } from '../context.js';

const columns = [referenceKey, ...referenceAttributes];

export async function loadReference(context: CommandContext, file: string, request: { region?: string; wait: boolean }): Promise<ExitCode> {
  const deployment = await context.deployment();
  const region = request.region === undefined ? deployment.home : checkRegion(request.region, deployment, '--region');
  // All of it is read once before the first write: half a table of a broken file would be worse than none.
  let rows = 0;
  for await (const _ of readEntries(file)) rows += 1;
  await checkCaller(context, deployment);
  const written = await load(context, deployment, region, readEntries(file), rows);
  const other = region === deployment.home ? deployment.other : deployment.home;
  if (request.wait) await awaitCopy(context, deployment, file, { region, other, rows });
  context.output.result({ table: deployment.referenceTable, region, rows: written, copiedTo: request.wait ? other : null }, (document) => [
    `${formatCount(document.rows)} rows are in ${document.table} (written in ${document.region}${document.copiedTo === null ? '' : `, and copied to ${document.copiedTo}`}).`,
  ]);
  return ExitCode.done;
}

/** DynamoDB copies within about a second; somebody who waits a minute has learnt that it does not. */
const copyDeadlineMs = 60_000;

/** Throws REFERENCE_NOT_COPIED: the rows are written, and the other Region does not have them. */
async function awaitCopy(context: CommandContext, deployment: Deployment, file: string, { region, other, rows }: { region: string; other: string; rows: number }): Promise<void> {
  const task = `rows in ${other}`;
  const clients = createClientFactory(deployment, { maxAttempts: 2 });
  try {
    const { missing, example } = await awaitReferenceCopy(readEntries(file), {
      original: clients.dynamodb(region), copy: clients.dynamodb(other), table: deployment.referenceTable, deadlineMs: performance.now() + copyDeadlineMs,
      signal: context.signal, onProgress: (done) => tell(context, { type: 'progress', task, done, total: rows, unit: 'rows' }),
    });
    if (missing === 0) return;
    throw new OperatorError('REFERENCE_NOT_COPIED', `The rows are written in ${region}, and ${formatCount(missing)} of them have not arrived in ${other} after ${copyDeadlineMs / 1000} s, such as ${example}.`, {
      nextSteps: [`Until they have, a job that runs in ${other} rejects rows that need them: do not fail over without need.`, `Look again, which writes the same rows once more: batchctl reference load ${JSON.stringify(file)}`],
      details: { missing },
    });
  } finally {
    tell(context, { type: 'progress-finished', task });
    clients.destroy();
  }
}

/** Writes the entries with a progress bar; tells how many. */
export async function load(context: CommandContext, deployment: Deployment, region: string, entries: Iterable<ReferenceEntry> | AsyncIterable<ReferenceEntry>, total: number): Promise<number> {
  const task = 'reference rows';
  const clients = createClientFactory(deployment, { maxAttempts: 3 });
  try {
    return await loadReferenceData(clients.dynamodb(region), deployment.referenceTable, entries, {
      signal: context.signal,
      onProgress: (done) => tell(context, { type: 'progress', task, done, total, unit: 'rows' }),
    });
  } finally {
    tell(context, { type: 'progress-finished', task });
    clients.destroy();
  }
}

async function* readEntries(file: string): AsyncGenerator<ReferenceEntry> {
  const reader = createCsvReader({ isUtf8 });
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Uint8Array>) yield* entriesOf(reader.push(chunk), file);
    yield* entriesOf(reader.end(), file);
  } catch (error) {
    if (error instanceof CsvProblem) throw usage(error.code, `${file}: ${error.message}.`);
    throw error;
  }
}

function* entriesOf(records: CsvRecord[], file: string): Generator<ReferenceEntry> {
  for (const { number, fields } of records) {
    if (number === 1) {
      if (fields.join() !== columns.join()) throw usage('WRONG_HEADER', `${file}: the header is "${fields.join().slice(0, 200)}" instead of "${columns.join()}".`);
      continue;
    }
    const [uuid = '', ...values] = fields;
    const problem = entryProblem(uuid, values);
    if (problem) throw usage('REFERENCE_INVALID', `${file}: row ${number} ${problem}. Nothing was loaded.`);
    yield { uuid, values: Object.fromEntries(referenceAttributes.map((name, index) => [name, values[index] ?? ''])) as ReferenceRow };
  }
}

function entryProblem(uuid: string, values: string[]): string | undefined {
  if (values.length !== referenceAttributes.length) return `has ${values.length + 1} columns instead of ${columns.length}`;
  if (!/^[0-9]{9}$/.test(uuid)) return 'has a uuid that is not exactly 9 digits';
  const bad = referenceAttributes.find((_, index) => !/^-?\d+(\.\d+)?$/.test(values[index] ?? ''));
  return bad === undefined ? undefined : `has a ${bad} that is no number`;
}
