/**
 * Watches a thousand made-up jobs for a while, in a process of its own, and prints what that cost.
 * Usage: watch-load LOOKS INTERVAL_MS (node --expose-gc, so that memory is what is held, not what is not yet collected)
 */
import { PassThrough } from 'node:stream';
import { openLiveScreen } from '../../../src/ui/screen/live-screen.js';
import { createTheme } from '../../../src/ui/theme.js';
import { FakeKeyboard } from './fake-terminal.js';
import { driftedLook } from './sample-looks.js';

const looksToMake = Number(process.argv[2] ?? 120);
const intervalMs = Number(process.argv[3] ?? 5000);
const warmUpLooks = Math.ceil(looksToMake / 6);
const collect = (globalThis as { gc?: () => void }).gc ?? ((): void => {});
const heapMiB = (): number => {
  collect();
  return Math.round((process.memoryUsage().heapUsed / 2 ** 20) * 10) / 10;
};
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

let frames = 0;
let bytes = 0;
const terminal = Object.assign(new PassThrough(), { columns: 120, rows: 40 });
terminal.write = (text: unknown): boolean => {
  frames += 1;
  bytes += Buffer.byteLength(String(text));
  return true;
};
const keyboard = new FakeKeyboard();
const screen = openLiveScreen({ deployment: 'orders', terminal, keyboard: keyboard as unknown as NodeJS.ReadStream, theme: createTheme(true), now: () => new Date(), staleAfterSeconds: 20, onQuit: () => {} });

/** No two looks are alike: every number that can move does. */
let looks = 0;
function look(): void {
  looks += 1;
  const data = driftedLook(1000);
  data.snapshot.observedAt = new Date().toISOString();
  for (const assessed of Object.values(data.assessment.regions)) {
    for (const signal of assessed.signals) if (typeof signal.value === 'number') signal.value = (looks * 7919 + signal.name.length * 104_729) % 3000;
  }
  screen.show(data);
  // A key is answered at once, so short looks with keys make many more frames than the clock would.
  if (intervalMs < 1000 || looks % 3 === 0) keyboard.type(looks % 50 < 25 ? '\u001b[B' : '\u001b[A');
}

async function run(count: number): Promise<void> {
  for (let made = 0; made < count; made += 1) {
    look();
    await pause(intervalMs);
  }
}

await run(warmUpLooks);
const before = { heap: heapMiB(), cpu: cpuMs(), at: performance.now(), frames, bytes };
const heaps: number[] = [];
for (let fifth = 0; fifth < 5; fifth += 1) {
  await run(Math.ceil((looksToMake - warmUpLooks) / 5));
  heaps.push(heapMiB());
}
const elapsedMs = performance.now() - before.at;
const report = {
  seconds: Math.round(elapsedMs / 1000), intervalMs, looks, frames: frames - before.frames, bytesPerFrame: Math.round((bytes - before.bytes) / Math.max(1, frames - before.frames)),
  cpuPercent: Math.round(((cpuMs() - before.cpu) / elapsedMs) * 1000) / 10, heapMiB: [before.heap, ...heaps], rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
};
screen.close();
process.stdout.write(`${JSON.stringify(report)}\n`);
