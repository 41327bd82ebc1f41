import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Operator } from './operator.js';

/** What `Date` tells is moved by the milliseconds that a file holds, looked up ten times a second. Timers are left alone, as a clock that is set leaves them. */
const program = `
import { readFileSync } from 'node:fs';
const Real = Date;
let offset = 0;
let readAt = -Infinity;
const ahead = () => {
  const now = performance.now();
  if (now - readAt > 100) {
    readAt = now;
    offset = Number(readFileSync(process.env.TEST_CLOCK_FILE, 'utf8'));
  }
  return offset;
};
const now = () => Real.now() + ahead();
globalThis.Date = new Proxy(Real, {
  construct: (target, parameters, made) => Reflect.construct(target, parameters.length === 0 ? [now()] : parameters, made),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
`;

export interface WrongClock {
  /** For the environment of commands that are to have this clock. */
  env: Record<string, string>;
  /** Sets it to be off by so much, also in the middle of a command. */
  set(aheadMs: number): Promise<void>;
}

/** The clock of the operator's host, which the sandbox does not share. */
export async function openWrongClock(operator: Operator): Promise<WrongClock> {
  const preload = path.join(operator.home, 'wrong-clock.mjs');
  const file = path.join(operator.home, 'clock-ahead-ms');
  await writeFile(preload, program);
  await writeFile(file, '0');
  return {
    env: { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}`, TEST_CLOCK_FILE: file },
    set: (aheadMs) => writeFile(file, String(aheadMs)),
  };
}
