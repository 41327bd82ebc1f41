import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { bundleProgram } from './bundle-program.js';

interface LoadReport {
  frames: number;
  heapMiB: number[];
}

it('holds no more memory after hundreds of frames of a thousand jobs than after the first ones', async () => {
  const program = await bundleProgram('watch-load');
  try {
    // Many frames in a few seconds; CPU time is measured by test/bench, where nothing else runs.
    const run = await finished(spawn('node', ['--expose-gc', program.file, '120', '5'], { stdio: ['ignore', 'pipe', 'inherit'] }));
    const report = JSON.parse(run) as LoadReport;
    expect(report.frames).toBeGreaterThan(80);
    const [before = 0, ...after] = report.heapMiB;
    expect(Math.max(...after)).toBeLessThan(before + 3);
  } finally {
    await program.remove();
  }
});

async function finished(child: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
  return text;
}
