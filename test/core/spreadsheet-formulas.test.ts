import { describe, expect, it } from 'vitest';
import { withoutFormula } from '../../src/core/spreadsheet-formulas.js';

describe('a field that a spreadsheet would run', () => {
  it.each(['=1+1', '=HYPERLINK("http://x")', '+1+cmd|\' /C calc\'!A0', '-1+1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠x', '-', '+', '-5%', '-1,5', '--5', '+-5'])('is text behind an apostrophe: %j', (field) => {
    expect(withoutFormula(field)).toBe(`'${field}`);
    expect(withoutFormula(field, 'allowed')).toBe(field);
  });

  it.each(['', 'Iceland', 'a=b', '5', '-5', '+5', '-5.75', '-.5', '-5.', '-1e9', '-1.5E-3', '\'=1', ' =1', '7/27/12'])('is not %j, which stays as it is', (field) => {
    expect(withoutFormula(field)).toBe(field);
  });
});
