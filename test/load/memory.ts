const mebibyte = 1024 * 1024;

/** Mebibytes of heap and of buffers outside it that are still held after everything else was collected. */
export async function heldMebibytes(): Promise<number> {
  if (!globalThis.gc) throw new Error('memory is measured with --expose-gc');
  // What finalisers and promises held until the first collection goes with the second.
  for (let round = 0; round < 2; round += 1) {
    globalThis.gc();
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / mebibyte;
}

/** Mebibytes of resident memory at the highest, of this process since it began. */
export function peakResidentMebibytes(): number {
  return process.resourceUsage().maxRSS / 1024;
}

/** Seconds of one core, user and system: the wall clock of a shared machine measures the others. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
