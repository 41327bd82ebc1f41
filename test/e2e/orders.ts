/**
 * Order files and reference data of the tests' own making, and what must become of them, computed from how they were
 * made: nothing of the product takes part, so that its errors cannot hide here.
 */

export const inputHeader = 'uuid,Country,Item Type,Sales Channel,Order Priority,Order Date,Region,Ship Date';
export const outputHeader = `${inputHeader},Units Sold,Unit Price,Unit Cost,Total Revenue,Total Cost,Total Profit`;

export const knownUuids = 1000;
const uuidOf = (index: number): string => String(300_000_000 + (index % knownUuids) * 7);
const enrichmentOf = (index: number): string => {
  const serial = index % knownUuids;
  return [serial + 1, `${serial}.25`, `${serial}.1`, `${serial * 3}.50`, `${serial * 2}.00`, `-${serial}.75`].join(',');
};

/** For `batchctl reference load`. */
export function referenceFile(): string {
  const rows = Array.from({ length: knownUuids }, (_, index) => `${uuidOf(index)},${enrichmentOf(index)}`);
  return `uuid,unitsSold,unitPrice,unitCost,totalRevenue,totalCost,totalProfit\n${rows.join('\n')}\n`;
}

/** As it stands in a file, between two line ends. */
const countries = ['Iceland', 'Côte d’Ivoire', '日本', '"Korea, South"', '"The ""Bahamas"""', '"two\nlines"', 'Perú 🇵🇪'];

export interface OrderFile {
  text: string;
  expected: string;
}

/** Rows without and with quotes, commas, line breaks and characters of several bytes; `serial` makes files differ. */
export function orderFile(rows: number, serial = 0): OrderFile {
  const input: string[] = [];
  const output: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    const index = row * 13 + serial * 101;
    const line = orderLine(index, countries[index % countries.length] ?? '');
    input.push(line);
    output.push(`${line},${enrichmentOf(index)}`);
  }
  return { text: [inputHeader, ...input, ''].join('\n'), expected: [outputHeader, ...output, ''].join('\n') };
}

export function orderLine(index: number, country = 'Iceland'): string {
  return `${uuidOf(index)},${country},Snacks,Online,H,7/${1 + (index % 28)}/12,Region ${index},2012-08-0${1 + (index % 9)}`;
}

export function enrichedLine(index: number, country = 'Iceland'): string {
  return `${orderLine(index, country)},${enrichmentOf(index)}`;
}
