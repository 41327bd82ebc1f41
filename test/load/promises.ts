/** What a part of the suite says to `run.mjs`: lines of JSON are promises, everything else is told as it is. */

export const isSmall = process.env['LOAD_SMALL'] !== undefined;
export const scratch = process.env['LOAD_SCRATCH'] ?? '.';
export const assembly = `${process.env['LOAD_ROOT'] ?? '.'}/dist/cdk.out`;

/** Whether a promise was kept, with what was measured in words. */
export function judge(promise: string, isKept: boolean, measured: string): void {
  process.stdout.write(`${JSON.stringify({ promise, isKept, measured })}\n`);
}

export function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A whole number as people read it: 1,000,000. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
