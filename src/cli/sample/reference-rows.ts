import { type ReferenceRow, referenceAttributes } from '../../core/record.js';

/**
 * The sample reference data: which uuids it knows, and a row that follows from the uuid alone, so that the output of a
 * sample file can be computed without asking any table.
 */

export const defaultReferenceRows = 5_000;

const lowest = 100_000_000;
const range = 900_000_000;
/** A prime that divides nothing in `range`, so that different indexes give different uuids. */
const stride = 514_229;

export function sampleUuid(index: number): string {
  return String(lowest + ((index * stride + 7) % range));
}

/** A uuid of nine digits that the first `known` sample rows do not use. */
export function unknownUuid(index: number, known: number): string {
  return sampleUuid(known + 1_000_000 + index);
}

export function referenceRow(uuid: string): ReferenceRow {
  const seed = Number(uuid);
  const unitsSold = 1 + (seed % 9973);
  const unitPriceCents = 100 + ((seed * 31) % 65_000);
  const unitCostCents = 50 + Math.floor(unitPriceCents * (0.3 + (seed % 50) / 100));
  return {
    unitsSold: String(unitsSold),
    unitPrice: money(unitPriceCents),
    unitCost: money(unitCostCents),
    totalRevenue: money(unitsSold * unitPriceCents),
    totalCost: money(unitsSold * unitCostCents),
    totalProfit: money(unitsSold * (unitPriceCents - unitCostCents)),
  };
}

export function referenceValues(uuid: string): string[] {
  const row = referenceRow(uuid);
  return referenceAttributes.map((name) => row[name]);
}

export function* referenceEntries(count: number): Generator<{ uuid: string; values: ReferenceRow }> {
  for (let index = 0; index < count; index += 1) {
    const uuid = sampleUuid(index);
    yield { uuid, values: referenceRow(uuid) };
  }
}

function money(cents: number): string {
  const sign = cents < 0 ? '-' : '';
  return `${sign}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
}
