import { describe, expect, it } from 'vitest';
import { createOutput } from '../../src/ui/create-output.js';
import type { OutputFormat, OutputTargets } from '../../src/ui/output.js';
import { capturedStream } from '../cli/capture.js';

function scene(format: OutputFormat, options: { animated?: boolean; colour?: boolean } = {}) {
  const stdout = capturedStream();
  const stderr = capturedStream();
  let nowMs = Date.parse('2026-11-21T06:00:00Z');
  const terminal = { colour: options.colour ?? false, animated: options.animated ?? false, columns: 80 };
  const targets: OutputTargets = { stdout, stderr, stdoutTerminal: terminal, stderrTerminal: terminal, now: () => new Date(nowMs), verbose: false };
  return { output: createOutput(format, targets), stdout, stderr, pass: (ms: number) => { nowMs += ms; } };
}
const at = '2026-11-21T06:00:00.000Z';
const view = (document: { name: string }): string[] => [`name ${document.name}`];

describe('output for people', () => {
  it('puts results on stdout and everything else on stderr', () => {
    const { output, stdout, stderr } = scene('human');
    output.event({ type: 'note', at, level: 'warn', message: 'careful' });
    output.aside('plan', { name: 'aside' }, view);
    output.result({ name: 'x' }, view);
    output.failure({ code: 'X', message: 'broken', nextSteps: ['mend it'] });
    expect(stdout.text()).toBe('name x\n');
    expect(stderr.text()).toBe('▲ warning careful\nname aside\n✖ error broken [X]\n  → mend it\n');
  });

  it('draws progress in place, keeps other lines above it, and leaves nothing behind', () => {
    const { output, stderr, pass } = scene('human', { animated: true });
    const progress = (done: number): void => output.event({ type: 'progress', at, task: 'upload', done, total: 100, unit: 'bytes' });
    progress(10);
    pass(10);
    progress(20);
    pass(200);
    progress(50);
    output.event({ type: 'note', at, level: 'info', message: 'half' });
    progress(60);
    output.close();
    const drawn = stderr.text();
    expect(drawn).toContain('10% of 100 B');
    expect(drawn).not.toContain('20% of');
    // What had been drawn is erased before the line above it is written.
    expect(drawn).toContain('\r\u001b[2Khalf\n');
    expect(drawn.endsWith('\r\u001b[2K')).toBe(true);
  });

  it('draws no progress where it cannot be drawn over', () => {
    const { output, stderr } = scene('human');
    output.event({ type: 'progress', at, task: 'upload', done: 1, total: 2, unit: 'bytes' });
    output.close();
    expect(stderr.text()).toBe('');
  });

  it('makes outside text harmless in events and failures', () => {
    const { output, stderr } = scene('human');
    output.event({ type: 'job', at, jobId: 'j', key: 'input/\u001b[2J', status: 'FAILED', detail: '\u001b]0;x' });
    output.failure({ code: 'X', message: '\u001b[31mred', nextSteps: ['\u001b[1mbold'] });
    expect(stderr.text()).not.toContain('\u001b');
  });
});

describe('output for scripts', () => {
  it('is one document on stdout, with warnings on stderr', () => {
    const { output, stdout, stderr } = scene('json');
    output.event({ type: 'note', at, level: 'warn', message: 'careful' });
    output.event({ type: 'note', at, level: 'info', message: 'nothing' });
    output.result({ name: 'x' }, view);
    expect(JSON.parse(stdout.text())).toEqual({ schemaVersion: 1, name: 'x' });
    expect(stderr.text()).toBe('warning: careful\n');
  });

  it('makes outside text harmless there too', () => {
    const { output, stdout, stderr } = scene('json');
    output.event({ type: 'note', at, level: 'warn', message: '\u001b]0;owned\u0007\u202e\nwarning: forged' });
    output.failure({ code: 'X', message: '\u009b31m\u202e', nextSteps: [] });
    expect(stderr.text()).toBe('warning: \\x1b]0;owned\\x07\\u202e\\nwarning: forged\n');
    // eslint-disable-next-line no-control-regex
    expect(stdout.text()).not.toMatch(/[\u007f-\u009f\u202e]/);
  });

  it('keeps its format when something fails', () => {
    const { output, stdout } = scene('json');
    output.failure({ code: 'X', message: 'm', nextSteps: [] });
    expect(JSON.parse(stdout.text())).toEqual({ schemaVersion: 1, error: { code: 'X', message: 'm', nextSteps: [] } });
  });
});

describe('output for programs that follow along', () => {
  it('is a line for every event, progress at most once a second, and the result last', () => {
    const { output, stdout, pass } = scene('ndjson');
    for (let done = 0; done < 20; done += 1) {
      output.event({ type: 'progress', at, task: 'upload', done, total: 20, unit: 'bytes' });
      pass(100);
    }
    output.event({ type: 'progress', at, task: 'upload', done: 20, total: 20, unit: 'bytes' });
    output.event({ type: 'job', at, jobId: 'j', key: 'input/a\nb', status: 'ACCEPTED' });
    output.result({ name: 'x' }, view);
    const lines = stdout.text().trimEnd().split('\n').map((line) => JSON.parse(line) as { type: string; done?: number; schemaVersion: number });
    expect(lines.map((line) => line.type)).toEqual(['progress', 'progress', 'progress', 'job', 'result']);
    expect(lines[2]?.done).toBe(20);
    expect(lines.every((line) => line.schemaVersion === 1)).toBe(true);
  });
});
