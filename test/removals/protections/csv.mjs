const reader = 'src/core/csv.ts';
const oracle = ['test/infra/pipeline/csv-oracle.test.ts'];
const unit = ['test/core/csv.test.ts'];
const proof = ['test/core/record-proof.test.ts'];
const pipeline = ['test/infra/pipeline/process-and-merge.test.ts'];

export const csv = [
  {
    name: 'fields that a spreadsheet would run are neutralised',
    tests: ['test/core/spreadsheet-formulas.test.ts'],
    changes: [{ file: 'src/core/spreadsheet-formulas.ts', from: "`'${value}` : value", to: 'value : value' }],
  },
  {
    name: 'so are those behind a TAB, and the full-width ones',
    tests: ['test/core/spreadsheet-formulas.test.ts'],
    changes: [{ file: 'src/core/spreadsheet-formulas.ts', from: '/^[=+\\-@\\t\\r\\n\\uff1d\\uff0b\\uff0d\\uff20]/', to: '/^[=+\\-@]/' }],
  },
  {
    name: 'in outputs',
    tests: pipeline,
    changes: [{ file: 'infra/pipeline/transform.ts', from: 'fields.map((field) => withoutFormula(field))', to: 'fields' }],
  },
  {
    name: 'in rejects',
    tests: pipeline,
    changes: [{ file: 'infra/pipeline/transform.ts', from: 'withoutFormula(row.text)', to: 'row.text' }],
  },
  {
    name: 'in what the reference table adds',
    tests: ['test/infra/pipeline/reference.test.ts'],
    changes: [{ file: 'infra/pipeline/reference.ts', from: 'values.map((value) => withoutFormula(value))', to: 'values' }],
  },
  {
    name: 'a NUL byte means that the file is no CSV',
    tests: unit,
    changes: [{ file: reader, from: 'if (nul !== -1) throw', to: 'if (nul === -2) throw' }],
  },
  {
    name: 'bytes that are not UTF-8 mean so too',
    tests: unit,
    changes: [{ file: reader, from: 'if (!isUtf8(text)) throw', to: 'if (!isUtf8(text) && text.length < 0) throw' }],
  },
  {
    name: 'a record has a longest length',
    tests: oracle,
    changes: [{ file: reader, from: 'if (end - start > maxRecordBytes) throw', to: 'if (end - start > 64 * maxRecordBytes) throw' }],
  },
  {
    name: 'a quote that is never closed is told',
    tests: unit,
    changes: [{ file: reader, from: 'if (newline === unclosed && last) throw', to: 'if (newline === unclosed && !last && false) throw' }],
  },
  {
    name: 'a record never ends inside quotes',
    tests: unit,
    changes: [{ file: reader, from: 'if (nextQuote !== -1 && (newline === unfinished || nextQuote < newline)) newline', to: 'if (false) newline' }],
  },
  {
    name: 'nor behind its first quoted field, inside the next one',
    tests: unit,
    changes: [{ file: reader, from: 'nextQuote !== -1 && (end === unfinished || nextQuote < end) ? endOfQuoted', to: 'nextQuote === -2 ? endOfQuoted' }],
  },
  {
    name: 'a doubled quote closes nothing',
    tests: unit,
    changes: [{ file: reader, from: 'if (position + 1 === length || bytes[position + 1] !== quote) return position;', to: 'if (position < length) return position;' }],
  },
  {
    name: 'a quote within a field is text',
    tests: unit,
    changes: [{ file: reader, from: 'if (bytes[nextQuote - 1] !== comma) return', to: 'if (nextQuote === -2) return' }],
  },
  {
    name: 'a text between needless quotes has a longest length too',
    tests: proof,
    changes: [{ file: 'src/core/record-proof.ts', from: 'if (position - opening - 1 > characters) return unproven;', to: '' }],
  },
  {
    name: 'a key between quotes that are needed is left to the general rules',
    tests: proof,
    changes: [{ file: 'src/core/record-proof.ts', from: 'if (quoted && proof.cuts[proof.cutCount - 1] !== end - 1) return unproven;', to: '' }],
  },
  {
    name: 'a part writes a record without the quotes that its proof cuts',
    tests: pipeline,
    changes: [{ file: 'infra/pipeline/waiting-rows.ts', from: 'from = cut + 1;', to: 'from = cut;' }],
  },
  {
    name: 'a record that is refused is told as it stood, quotes and all',
    tests: pipeline,
    changes: [{ file: 'infra/pipeline/waiting-rows.ts', from: 'source.subarray(starts[place], ends[place])', to: 'new Uint8Array(text.buffer, text.byteOffset + from, to - from)' }],
  },
  {
    name: 'a byte order mark belongs to no field',
    tests: unit,
    changes: [{ file: reader, from: 'buffer[1] === 0xbb && buffer[2] === 0xbf) forget(3);', to: 'buffer[1] === 0xbb && buffer[2] === 0xbf) forget(0);' }],
  },
  {
    name: 'a lone carriage return is text',
    tests: unit,
    changes: [{ file: reader, from: 'newline = bytes.indexOf(lineFeed, start);', to: 'newline = bytes.findIndex((byte, at) => at >= start && (byte === lineFeed || byte === carriageReturn));' }],
  },
];
