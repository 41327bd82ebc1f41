import { formulasInOutput } from './record.js';

/**
 * A spreadsheet that opens a CSV runs what begins with `=`, `+`, `-` or `@` as a formula, also behind a TAB or a carriage
 * return that it skips, and some take the full-width forms too (OWASP, "CSV Injection"). Whoever may send an order could so
 * run one on the machine of whoever opens the output.
 */
const formula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A number runs nothing: a loss of `-5` stays one. */
const plainNumber = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A field as it goes to a file that a spreadsheet may open: behind an apostrophe, which makes it text, if it would run. */
export function withoutFormula(value: string, policy: typeof formulasInOutput = formulasInOutput): string {
  return policy === 'neutralised' && formula.test(value) && !plainNumber.test(value) ? `'${value}` : value;
}
