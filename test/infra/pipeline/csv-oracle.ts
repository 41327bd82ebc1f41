import { parse } from 'csv-parse/sync';

/**
 * What a CSV file holds according to csv-parse, a parser that shares nothing with ours. Undefined: the file as a whole is
 * none (a NUL, bytes that are not UTF-8, a quote that is never closed).
 */
export function recordsAccordingToCsvParse(bytes: Uint8Array): { fields: string[]; raw: string }[] | undefined {
  if (bytes.includes(0)) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  const body = text.replace(/^\ufeff/, '');
  try {
    const found = parse(body.endsWith('\r') ? `${body}\n` : body, {
      relax_column_count: true, relax_quotes: true, skip_empty_lines: true, record_delimiter: ['\n', '\r\n'], info: true,
    }) as unknown as { record: string[]; info: { bytes: number } }[];
    const spelling = Buffer.from(body);
    let from = 0;
    return found.map(({ record, info }) => {
      const raw = spelling.toString('utf8', from, info.bytes);
      from = info.bytes;
      return { fields: record, raw: withoutLineBreaks(raw) };
    });
  } catch (error) {
    if ((error as { code?: string }).code === 'CSV_QUOTE_NOT_CLOSED') return undefined;
    throw error;
  }
}

/** The blank lines before a record, and the break that ends it, are no part of it. */
function withoutLineBreaks(raw: string): string {
  return raw.replace(/^(?:\r?\n)+/, '').replace(/\r?\n$|\r$/, '');
}

const runsInASpreadsheet = /^[=+\-@\t\r\n＝＋－＠]/;

/** How a spreadsheet-safe output has to spell a field; numbers stay. */
export function safe(field: string): string {
  return runsInASpreadsheet.test(field) && !/^[-+]?[\d.]+$/.test(field) ? `'${field}` : field;
}
