import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorDocument, JobDocument } from './documents.js';
import { createOperator, type Operator } from './operator.js';
import { enrichedLine, inputHeader, orderFile, orderLine, outputHeader } from './orders.js';
import { loadReferences, untilSucceeded } from './scene.js';

const waiting = { timeout: 120_000 };

describe('files of every kind', () => {
  let operator: Operator;

  beforeAll(async () => {
    operator = await createOperator();
    await operator.startSandbox();
    await loadReferences(operator);
  });

  afterAll(() => operator?.leave());

  const submit = async (name: string, content: string | Uint8Array): Promise<JobDocument> => {
    await operator.write(name, content);
    const { jobs } = await operator.document<{ jobs: JobDocument[] }>(['submit', name, '--wait']);
    return jobs[0] as JobDocument;
  };
  const download = async (jobId: string, ...flags: string[]): Promise<string> => {
    await operator.document(['output', jobId, '--out', 'downloaded.csv', '--overwrite', ...flags]);
    return (await operator.read('downloaded.csv')).toString('utf8');
  };

  it('turns 10,000 rows into 10,000 rows in input order, under the documented header', waiting, async () => {
    const { text, expected } = orderFile(10_000);
    const job = await submit('ten-thousand.csv', text);
    expect(job).toMatchObject({ status: 'SUCCEEDED', rows: { in: 10_000, out: 10_000, rejected: 0 } });
    const output = await download(job.jobId);
    expect(output).toBe(expected);
    expect(output.slice(0, output.indexOf('\n'))).toBe(outputHeader);
    expect(parse(output)).toHaveLength(10_001);
  });

  it('rejects 37 bad rows by number, reason and text, and lets the others go on', waiting, async () => {
    const breakages: { line: (index: number) => string; reason: RegExp }[] = [
      { line: (index) => orderLine(index).slice(1), reason: /uuid is not exactly 9 digits/ },
      { line: (index) => orderLine(index, ''), reason: /Country is empty/ },
      { line: (index) => orderLine(index, 'x'.repeat(51)), reason: /Country is longer than 50 characters/ },
      { line: (index) => orderLine(index).replace('2012-08-0', '2012-13-0'), reason: /Ship Date is not a date/ },
      { line: (index) => `${orderLine(index)},surplus`, reason: /9 columns instead of 8/ },
      { line: (index) => orderLine(index).replace(/^\d{9}/, '999999999'), reason: /no reference row for uuid 999999999/ },
    ];
    const bad: { row: number; reason: RegExp; text: string }[] = [];
    const input: string[] = [];
    const output: string[] = [];
    for (let index = 0; index < 1500; index += 1) {
      const breakage = index % 40 === 7 && bad.length < 37 ? breakages[bad.length % breakages.length] : undefined;
      const line = breakage?.line(index) ?? orderLine(index);
      input.push(line);
      // The header is row 1.
      if (breakage) bad.push({ row: index + 2, reason: breakage.reason, text: line });
      else output.push(enrichedLine(index));
    }
    const job = await submit('thirty-seven-bad.csv', [inputHeader, ...input, ''].join('\n'));
    expect(bad).toHaveLength(37);
    expect(job).toMatchObject({ status: 'SUCCEEDED', rows: { in: 1500, out: 1463, rejected: 37 } });
    expect(await download(job.jobId)).toBe([outputHeader, ...output, ''].join('\n'));
    const rejects = parse(await download(job.jobId, '--rejects'), { columns: true }) as { row: string; reason: string; text: string }[];
    expect(rejects.map(({ row, text }) => ({ row: Number(row), text }))).toEqual(bad.map(({ row, text }) => ({ row, text })));
    for (const [index, reject] of rejects.entries()) expect(reject.reason).toMatch(bad[index]?.reason ?? /never/);
  });

  it('keeps quotes, line breaks in cells, CRLF, a byte order mark, UTF-8 and a last row without its line end', waiting, async () => {
    const cells = ['"two\r\nlines"', '"He said ""so"""', '"a,b"', 'Åland 🇦🇽', '日本'];
    const lines = cells.map((cell, index) => orderLine(index, cell));
    const job = await submit('windows.csv', `\ufeff${[inputHeader, ...lines].join('\r\n')}`);
    expect(job).toMatchObject({ status: 'SUCCEEDED', rows: { in: 5, out: 5, rejected: 0 } });
    const output = await download(job.jobId);
    expect(output).toBe([outputHeader, ...cells.map((cell, index) => enrichedLine(index, cell)), ''].join('\n'));
    expect((parse(output, { from_line: 2 }) as string[][]).map((row) => row[1])).toEqual(['two\r\nlines', 'He said "so"', 'a,b', 'Åland 🇦🇽', '日本']);
  });

  const hopeless = [
    { name: 'empty.csv', content: '', code: 'EMPTY_FILE' },
    { name: 'header-only.csv', content: `${inputHeader}\n`, code: 'NO_ROWS' },
    { name: 'wrong-header.csv', content: `id,Land\n${orderLine(1)}\n`, code: 'WRONG_HEADER' },
    { name: 'binary.csv', content: Uint8Array.from({ length: 5000 }, (_, index) => (index * 197 + 128) % 256), code: 'NOT_CSV' },
  ];

  it.each(hopeless)('refuses $name before it is uploaded', waiting, async ({ name, content, code }) => {
    await operator.write(name, content);
    const { error } = await operator.document<ErrorDocument>(['submit', name, '--wait'], 3);
    expect(error.code).toBe(code);
    expect(error.message).toContain(name);
  });

  it('ends each of them as a FAILED job that says why, when the pipeline is to judge', waiting, async () => {
    for (const { name, content } of hopeless) await operator.write(name, content);
    const { jobs } = await operator.document<{ jobs: JobDocument[] }>(['submit', ...hopeless.map((file) => file.name), '--no-validate', '--wait'], 1);
    expect(jobs.map((job) => ({ key: job.key, status: job.status, code: job.error?.code })))
      .toEqual(hopeless.map(({ name, code }) => ({ key: `input/${name}`, status: 'FAILED', code })));
    for (const job of jobs) expect(job.error?.message).toMatch(/\w+ \w+/);
  });

  it('takes every key that S3 takes, to the last of its 1,024 bytes, and writes none of them raw to a terminal', waiting, async () => {
    const { text, expected } = orderFile(3);
    await operator.write('plain.csv', text);
    const bytes = 1024 - 'input/'.length;
    const deepest = `${'deep/'.repeat(180)}${'x'.repeat(bytes - 900 - '.csv'.length)}.csv`;
    const longest = `${'y'.repeat(bytes - '.csv'.length)}.csv`;
    const names = ['with space + plus %2B a?b#c&d=e;f"g\'h<i> Ü 🦔 日本.csv', '../..//.line\nbreak\ttab red\u001b[31mroom\u0007 sterces\u202evsc.exe', deepest, longest];
    const jobIds: string[] = [];
    for (const name of names) {
      const { jobs } = await operator.document<{ jobs: JobDocument[] }>(['submit', 'plain.csv', '--key', name]);
      expect(jobs[0]?.key).toBe(`input/${name}`);
      jobIds.push(jobs[0]?.jobId ?? '');
    }
    const jobs = await untilSucceeded(operator, jobIds);
    for (const job of jobs) {
      expect(job, JSON.stringify(job.key)).toMatchObject({ status: 'SUCCEEDED', rows: { in: 3, out: 3 } });
      expect(await download(job.jobId)).toBe(expected);
    }
    for (const words of [['jobs'], ['job', jobIds[1] ?? '']]) {
      const { stdout } = await operator.run(words);
      // eslint-disable-next-line no-control-regex
      expect(stdout, words[0]).not.toMatch(/[\u0007\u001b\u202e]|line\n/);
    }
    const { error } = await operator.document<ErrorDocument>(['submit', 'plain.csv', '--key', `x${longest}`], 2);
    expect(error.message).toContain('longer than the 1,024 bytes');
  });
});
