const reader = 'src/core/csv.ts';
const oracle = ['test/infra/pipeline/csv-oracle.test.ts'];
const unit = ['test/core/csv.test.ts'];
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
    changes: [{ file: reader, from: 'if (nextQuote !== -1 && (newline === -1 || nextQuote < newline)) newline', to: 'if (false) newline' }],
  },
  {
    name: 'a doubled quote closes nothing',
    tests: unit,
    changes: [{ file: reader, from: 'if (bytes[position + 1] !== quote) return position;', to: 'if (bytes[position + 1] !== -1) return position;' }],
  },
  {
    name: 'a byte order mark belongs to no field',
    tests: unit,
    changes: [{ file: reader, from: 'buffer[1] === 0xbb && buffer[2] === 0xbf) forget(3);', to: 'buffer[1] === 0xbb && buffer[2] === 0xbf) forget(0);' }],
  },
  {
    name: 'a lone carriage return is text',
    tests: unit,
    changes: [{ file: reader, from: 'let newline = bytes.indexOf(lineFeed, start);', to: 'let newline = bytes.findIndex((byte, at) => at >= start && (byte === lineFeed || byte === carriageReturn));' }],
  },
];
