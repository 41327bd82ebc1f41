import type { Usage } from './usage-meter.js';

/** US dollars in us-east-1, on demand, beyond free tiers. Sources and dates: `infra/README.md`, "Cost per million rows". */
export const prices = {
  stateTransition: 0.025 / 1000,
  invocation: 0.20 / 1e6,
  gigabyteSecond: 0.0000166667,
  s3Write: 0.005 / 1000,
  s3Read: 0.0004 / 1000,
  readUnit: 0.125 / 1e6,
  writeUnit: 0.625 / 1e6,
  /** Between two Regions, and S3's Replication Time Control on top. */
  replicatedGigabyte: 0.02 + 0.015,
  email: 0.10 / 1000,
  restCall: 3.50 / 1e6,
} as const;

export interface Bill extends Usage {
  transitions: number;
  replicatedBytes: number;
  replicatedObjects: number;
}

export function dollars(bill: Bill): Record<string, number> {
  return {
    transitions: bill.transitions * prices.stateTransition,
    functions: bill.invocations * prices.invocation + bill.gigabyteSeconds * prices.gigabyteSecond,
    's3 requests': (bill.s3Writes + bill.replicatedObjects) * prices.s3Write + bill.s3Reads * prices.s3Read,
    'table reads': bill.readUnits * prices.readUnit,
    'table writes': bill.writeUnits * prices.writeUnit,
    replication: (bill.replicatedBytes / 1e9) * prices.replicatedGigabyte,
    mail: bill.emails * prices.email,
  };
}

/** The guidance's design for `rows` rows, by the same prices: each row is validated by a function, sent over HTTP to another that reads the table. */
export function guidanceDollars(rows: number): number {
  const chunks = Math.ceil(rows / 600);
  const transitions = 4 + 4 * chunks + 2 * rows;
  // 128 MB for a tenth of a second each is little enough to be in its favour.
  const perRow = 2 * prices.invocation + 2 * 0.125 * 0.1 * prices.gigabyteSecond + prices.restCall + 0.5 * prices.readUnit;
  return transitions * prices.stateTransition + rows * perRow;
}
