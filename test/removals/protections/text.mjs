const printable = 'src/ui/printable.ts';
const text = ['test/ui/text.test.ts'];
const report = ['test/ui/report/report.test.ts'];

export const textFromOutside = [
  {
    name: 'control characters are shown on a line of a terminal',
    tests: text,
    changes: [{ file: printable, from: 'text.replace(unsafeOnOneLine, visible)', to: 'text' }],
  },
  {
    name: 'and over several lines',
    tests: text,
    changes: [{ file: printable, from: 'text.replace(unsafe, visible)', to: 'text' }],
  },
  {
    name: 'so are marks that turn the direction of writing',
    tests: text,
    changes: [{ file: printable, from: 'const unsafeOnOneLine = /[\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]/g;', to: 'const unsafeOnOneLine = /[\\u0000-\\u001f\\u007f-\\u009f]/g;' }],
  },
  {
    name: 'JSON holds nothing that a terminal obeys',
    tests: text,
    changes: [{ file: printable, from: 'JSON.stringify(value, undefined, indent).replace(/[\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]/g, unicodeEscape)', to: 'JSON.stringify(value, undefined, indent)' }],
  },
  {
    name: 'cells of tables are made printable',
    tests: text,
    changes: [{ file: 'src/ui/table.ts', from: 'columns.map((column) => printable(column.value(row)))', to: 'columns.map((column) => column.value(row))' }],
  },
  {
    name: 'keys in events are made printable',
    tests: ['test/ui/output.test.ts'],
    changes: [{ file: 'src/ui/human-output.ts', from: '`${printable(event.key)}  ${event.status}', to: '`${event.key}  ${event.status}' }],
  },
  {
    name: 'what AWS says of a failure is made printable',
    tests: ['test/ui/output.test.ts'],
    changes: [{ file: 'src/ui/human-output.ts', from: '${printableLines(failure.message)}', to: '${failure.message}' }],
  },
  {
    name: 'warnings beside JSON are made printable',
    tests: ['test/ui/output.test.ts'],
    changes: [{ file: 'src/ui/json-output.ts', from: '`warning: ${printable(event.message)}\\n`', to: '`warning: ${event.message}\\n`' }],
  },
  {
    name: 'the screen shows text and obeys none',
    tests: ['test/ui/screen/model.test.ts'],
    changes: [{ file: 'src/ui/screen/model/spans.ts', from: 'return { text: printable(text), tone };', to: 'return { text, tone };' }],
  },
  {
    name: 'the HTML report escapes markup',
    tests: report,
    changes: [{ file: 'src/ui/report/escape.ts', from: ".replace(/[&<>\"']/g, (character) => entities[character] ?? character)", to: ".replace(/[&]/g, (character) => entities[character] ?? character)" }],
  },
  {
    name: 'the HTML report shows what would hide or turn text',
    tests: report,
    changes: [{ file: 'src/ui/report/escape.ts', from: '.replace(unsafe, (character) => `\\\\u${character.charCodeAt(0).toString(16).padStart(4, \'0\')}`)', to: '' }],
  },
  {
    name: 'the Markdown report escapes markup',
    tests: report,
    changes: [{ file: 'src/ui/report/markdown.ts', from: "printable(text).replace(/[\\\\`*_[\\]<>|#]/g", to: "printable(text).replace(/[\\\\]/g" }],
  },
  {
    name: 'nothing that a function prints begins a line of the sandbox\'s log, or is obeyed by whoever shows it',
    tests: ['test/sandbox/host/files.test.ts'],
    changes: [{ file: 'src/sandbox/host/log.ts', from: '${onlyText(line)}', to: '${onlyText(\'\')}${line}' }],
  },
  {
    name: 'an output is only looked at on a terminal',
    tests: ['test/cli/output.test.ts'],
    changes: [{ file: 'src/cli/actions/output.ts', from: 'printableLines(decoder.decode(chunk, { stream: true }))', to: 'decoder.decode(chunk, { stream: true })' }],
  },
];
