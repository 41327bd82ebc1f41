import { describe, expect, it } from 'vitest';
import * as record from '../../src/core/record.js';

const good = ['123456789', 'Germany', 'Baby Food', 'Online', 'H', '7/27/12', 'Europe', '2012-08-01'];
const replaced = (column: number, value: string): string[] => good.map((field, index) => (index === column ? value : field));

describe('the record definition', () => {
  it('takes a good row', () => {
    expect(record.recordProblem(good)).toBeUndefined();
  });

  it.each([
    [good.slice(1), 'has 7 columns instead of 8'],
    [replaced(0, '12345678'), 'uuid is not exactly 9 digits'],
    [replaced(1, ' '), 'Country is empty'],
    [replaced(1, 'x'.repeat(51)), 'Country is longer than 50 characters'],
    [replaced(5, '2/30/12'), 'Order Date is not a date'],
    [replaced(7, '2013-02-29'), 'Ship Date is not a date'],
  ])('refuses %j', (fields, reason) => {
    expect(record.recordProblem(fields)).toContain(reason);
  });

  it('counts characters, not UTF-16 units', () => {
    expect(record.recordProblem(replaced(1, '𐍈'.repeat(50)))).toBeUndefined();
    expect(record.recordProblem(replaced(1, '𐍈'.repeat(51)))).toContain('longer');
  });

  it('names what is wrong with a header', () => {
    expect(record.headerProblem(record.inputColumns)).toBeUndefined();
    expect(record.headerProblem(['a', 'b'])).toContain('the header is "a,b" instead of "uuid,Country');
  });
});
