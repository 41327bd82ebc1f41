import type { ReferenceLookup } from '../../../infra/pipeline/reference.js';
import { createTelemetry, type Telemetry } from '../../../infra/pipeline/telemetry.js';
import { inputColumns } from '../../../src/core/record.js';
import type { TestClock } from '../../aws/ledger/ledger-table.js';

export const header = inputColumns.join(',');

export function sampleRow(serial: number, changes: Partial<Record<(typeof inputColumns)[number], string>> = {}): string[] {
  const row: Record<(typeof inputColumns)[number], string> = {
    uuid: String(100_000_000 + serial), Country: 'Iceland', 'Item Type': 'Snacks', 'Sales Channel': 'Online', 'Order Priority': 'H', 'Order Date': '7/27/12', Region: 'Europe', 'Ship Date': '2012-07-28',
    ...changes,
  };
  return inputColumns.map((column) => row[column]);
}

export function sampleFile(rows: number): string {
  return `${[header, ...Array.from({ length: rows }, (_, serial) => sampleRow(serial).join(','))].join('\n')}\n`;
}

/** Knows every uuid but those that end in 13, and remembers how it was asked. */
export class SampleReference implements ReferenceLookup {
  readonly asked: string[][] = [];

  find(keys: readonly string[]): Promise<Map<string, string>> {
    this.asked.push([...keys]);
    return Promise.resolve(new Map(keys.filter((key) => !key.endsWith('13')).map((key) => [key, `,${key.slice(-2)},1.5,1,2,3,4`])));
  }
}

export interface RecordedTelemetry extends Telemetry {
  lines: Record<string, unknown>[];
  total(metric: string): number;
}

export function recordTelemetry(clock: Pick<TestClock, 'now' | 'sleep'>): RecordedTelemetry {
  const lines: Record<string, unknown>[] = [];
  const telemetry = createTelemetry({ deployment: 'batchctl', region: 'us-east-1', functionName: 'test', clock, write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) });
  return { ...telemetry, lines, total: (metric) => lines.reduce((sum, line) => sum + Number(line[metric] ?? 0), 0) };
}
