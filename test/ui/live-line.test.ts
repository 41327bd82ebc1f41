import { describe, expect, it } from 'vitest';
import { createLiveLine, loadSpinner, type Spinner } from '../../src/ui/live-line.js';
import { capturedStream } from '../cli/capture.js';

const terminal = { colour: false, animated: true, columns: 40 };
const erase = '\r\u001b[2K';

function scene() {
  const stream = capturedStream();
  const did: string[] = [];
  const spinner: Spinner = { text: '', start() { did.push(`spins ${this.text}`); }, stop: () => did.push('stops') };
  let loads = 0;
  let deliver: (spinner: Spinner | undefined) => void = () => {};
  let nowMs = 0;
  const line = createLiveLine(stream, terminal, () => nowMs, () => { loads += 1; return new Promise((resolve) => { deliver = resolve; }); });
  return { stream, did, line, loads: () => loads, pass: () => { nowMs += 1000; }, arrive: async () => { deliver(spinner); await Promise.resolve(); await Promise.resolve(); } };
}

describe('the waiting line', () => {
  it('loads the spinner when it is first shown, once, and says its text meanwhile', async () => {
    const { stream, did, line, loads, pass, arrive } = scene();
    expect(loads()).toBe(0);
    line.show('waiting');
    expect(stream.text()).toBe(`${erase}waiting`);
    await arrive();
    pass();
    line.show('waiting still');
    expect(did).toEqual(['spins waiting', 'spins waiting still']);
    expect(loads()).toBe(1);
    line.clear();
    expect(did.at(-1)).toBe('stops');
    expect(stream.text().endsWith(erase)).toBe(true);
  });

  it('stays away when it was cleared before the spinner had been loaded', async () => {
    const { did, line, arrive } = scene();
    line.show('waiting');
    line.clear();
    await arrive();
    expect(did).toEqual([]);
  });

  it('loads nothing where nothing may move', () => {
    let loads = 0;
    createLiveLine(capturedStream(), { ...terminal, animated: false }, () => 0, () => { loads += 1; return Promise.resolve(undefined); }).show('waiting');
    expect(loads).toBe(0);
  });

  it('moves on a terminal of Node\'s, takes no key, and leaves the cursor alone', async () => {
    const written: string[] = [];
    const stream = { isTTY: true, columns: 40, write: (text: string | Uint8Array) => { written.push(String(text)); return true; }, cursorTo: () => true, clearLine: () => true, moveCursor: () => true, on: () => stream, once: () => stream, removeListener: () => stream, off: () => stream };
    const spinner = await loadSpinner(stream, terminal) as Spinner;
    spinner.text = 'waiting';
    spinner.start();
    await new Promise((resolve) => setTimeout(resolve, 200));
    spinner.stop();
    const drawn = written.join('');
    expect(drawn.match(/waiting/g)?.length).toBeGreaterThan(1);
    expect(drawn).not.toContain('\u001b[?25l');
    expect(await loadSpinner(capturedStream(), terminal)).toBeUndefined();
    // It would count endless lines to erase.
    expect(await loadSpinner({ ...stream, columns: 0 }, terminal)).toBeUndefined();
  });
});
