import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { spawn } from 'node:child_process';
import { bundleProgram, type BundledProgram } from './bundle-program.js';
import { onPseudoTerminal, type PseudoTerminal } from './pseudo-terminal.js';

let program: BundledProgram;
let running: PseudoTerminal | undefined;
// The tests' own surroundings must not decide: a CI server sets CI, a developer perhaps NO_COLOR.
const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm-256color', LANG: 'C.UTF-8', ...more });

beforeAll(async () => { program = await bundleProgram('screen-program'); });
afterAll(() => program.remove());
afterEach(() => {
  running?.kill();
  running = undefined;
});

function start(mode: string, more: NodeJS.ProcessEnv = {}, size = { columns: 80, rows: 24 }): PseudoTerminal {
  // A shell in front, so that there is something on the terminal to be kept.
  running = onPseudoTerminal(['sh', '-c', `echo typed before; exec node ${program.file} ${mode}`], size, env(more));
  return running;
}

describe('status --watch on a pseudo-terminal', () => {
  it('answers keys, follows resizes, quits, and leaves the terminal as it was with the last frame in it', async () => {
    const terminal = start('watch');
    await terminal.until('stay: ✖ NO GO');
    expect(terminal.emulator.alternate).toBe(true);
    terminal.press('\u001b[B');
    await terminal.until(/> . \w+ +states here/);
    terminal.press('?');
    await terminal.until('never taken for good');
    terminal.press('\u001b');
    await terminal.until('GO WITH DATA RISK');
    terminal.press('f');
    await terminal.until('$ batchctl -d orders failover --to us-west-2');
    terminal.press('f');
    terminal.resize(120, 40);
    await terminal.until(/failover: ▲ GO WITH DATA RISK {20,}seen/);
    terminal.resize(60, 12);
    await terminal.until(/^us-east-1 active[^]*\n↑↓ move.*$/);
    expect(terminal.emulator.text()).toHaveLength(12);
    terminal.resize(80, 24);
    await terminal.until('last move');
    terminal.press('q');
    expect(await terminal.ended).toBe(0);
    const left = terminal.emulator.history().filter((row) => row !== '');
    expect(left[0]).toBe('typed before');
    expect(left[1]).toMatch(/^us-east-1 active {2}epoch 1/);
    expect(left.at(-1)).toMatch(/^last move/);
    expect(terminal.emulator.scrollbackErased).toBe(0);
    expect(terminal.emulator.unknownSequences).toEqual([]);
    expect(terminal.emulator.alternate).toBe(false);
    expect(terminal.emulator.cursorVisible).toBe(true);
  });

  it('ends on Ctrl-C as on q', async () => {
    const terminal = start('watch');
    await terminal.until('stay: ✖ NO GO');
    terminal.press('\u0003');
    expect(await terminal.ended).toBe(0);
    expect(terminal.emulator.alternate).toBe(false);
  });

  it('uses no colour with NO_COLOR and colour without', async () => {
    const coloured = start('watch');
    await coloured.until('stay: ✖ NO GO');
    coloured.press('q');
    await coloured.ended;
    // eslint-disable-next-line no-control-regex
    const colours = /\u001b\[3\d/;
    expect(coloured.raw()).toMatch(colours);
    const plain = start('watch', { NO_COLOR: '1' });
    await plain.until('stay: ✖ NO GO');
    plain.press('q');
    await plain.ended;
    expect(plain.raw()).not.toMatch(colours);
  });

  it('speaks in sentences to a screen reader, and only of what changed', async () => {
    const terminal = start('watch', { INK_SCREEN_READER: 'true' });
    await terminal.until('Jobs: 3 running, the oldest for');
    const said = terminal.emulator.history().join('\n');
    expect(said).toContain('us-east-1 active, epoch 1, phase active; us-east-1 healthy; us-west-2 healthy');
    expect(said.replaceAll('\n', '')).toContain('Advice is now failover to us-west-2, verdict GO WITH DATA RISK');
    expect(said.match(/phase active; us-east-1/g)).toHaveLength(1);
    expect(said).not.toMatch(/[✔✖▲│─▁█]/);
    terminal.press('\u0003');
    expect(await terminal.ended).toBe(0);
  });

  it('prints log lines where there is no terminal, and events as ndjson', async () => {
    const [log, events] = await Promise.all([pipedWatch(), pipedWatch('ndjson')]);
    const lines = log.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}\S/);
    expect(log).not.toContain('\u001b');
    const documents = events.trimEnd().split('\n').map((line) => JSON.parse(line) as { type: string });
    expect(documents[0]).toMatchObject({ type: 'status', schemaVersion: 1, recommendation: { verdict: 'NO_GO' } });
    expect(documents.at(-1)).toMatchObject({ type: 'result', recommendation: { verdict: 'GO_WITH_DATA_RISK' } });
  });
});

/** Runs the watch into a pipe, interrupts it once the dark look has been printed, and gives all that it wrote. */
async function pipedWatch(...more: string[]): Promise<string> {
  const child = spawn('node', [program.file, 'watch', ...more], { env: env(), stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (/GO.WITH.DATA.RISK/.test(text)) child.kill('SIGINT');
  }
  return text;
}

describe('an operation on a pseudo-terminal', () => {
  it('shows its steps and leaves the end above the result', async () => {
    const terminal = start('operation', {}, { columns: 100, rows: 30 });
    await terminal.until('▸ running  flip-routing-controls');
    terminal.resize(80, 24);
    await terminal.until('1 of 5 endpoints say so');
    expect(await terminal.ended).toBe(7);
    const left = terminal.emulator.history().join('\n');
    expect(left).toContain('typed before');
    expect(left).toContain('── point of no return ──');
    expect(left.trimEnd().split('\n').at(-1)).toBe('outcome done_with_exceptions');
    expect(terminal.emulator.alternate).toBe(false);
  });

  it('stops at the next safe point on the first Ctrl-C and leaves at once on the second', async () => {
    const first = start('operation');
    await first.until('▸ running  flip-routing-controls');
    first.press('\u0003');
    expect(await first.ended).toBe(6);
    expect(first.emulator.history().join('\n')).toContain('outcome interrupted');
    const second = start('operation');
    await second.until('▸ running  flip-routing-controls');
    second.press('\u0003\u0003');
    expect(await second.ended).toBe(6);
    expect(second.emulator.alternate).toBe(false);
    expect(second.emulator.cursorVisible).toBe(true);
    expect(second.emulator.history().join('\n')).toContain('flip-routing-controls');
  });
});
