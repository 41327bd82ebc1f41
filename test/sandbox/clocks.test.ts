import { describe, expect, it } from 'vitest';
import { createMemoryBlobs } from '../../src/sandbox/blobs-memory.js';
import { seededRandom } from '../../src/sandbox/random.js';
import { createRealClock } from '../../src/sandbox/real-clock.js';
import { createVirtualClock } from '../../src/sandbox/virtual-clock.js';

const startAt = Date.UTC(2026, 10, 21);

describe('the virtual clock', () => {
  it('fires timers by time, then by making, also those made on the way', async () => {
    const clock = createVirtualClock({ startAt });
    const fired: string[] = [];
    const note = (name: string): void => { fired.push(`${name}@${clock.now() - startAt}`); };
    clock.after(20, () => note('late'));
    clock.after(10, () => { note('first'); clock.after(5, () => note('nested')); });
    clock.after(10, () => note('second'));
    clock.after(100, () => note('beyond'));
    await clock.advance(50);
    expect(fired).toEqual(['first@10', 'second@10', 'nested@15', 'late@20']);
    expect(clock.now() - startAt).toBe(50);
    expect(clock.nextTimerAt()).toBe(startAt + 100);
  });

  it('keeps the order of thousands of timers, whichever of them are taken back', async () => {
    const clock = createVirtualClock({ startAt, settle: async () => undefined });
    const random = seededRandom(7);
    const made = Array.from({ length: 3000 }, (_, sequence) => ({ at: random.below(500), sequence }));
    const fired: typeof made = [];
    const takeBack = made.map((timer) => clock.after(timer.at, () => fired.push(timer)));
    const kept = made.filter(({ sequence }) => sequence % 3 !== 0);
    for (const { sequence } of made) if (sequence % 3 === 0) takeBack[sequence]?.();
    expect(clock.pendingTimers()).toBe(kept.length);
    await clock.runUntilIdle();
    expect(fired).toEqual([...kept].sort((left, right) => left.at - right.at || left.sequence - right.sequence));
  });

  it('lets promises settle between timers', async () => {
    const clock = createVirtualClock({ startAt });
    const order: string[] = [];
    const worker = async (): Promise<void> => {
      await clock.sleep(10);
      for (let hop = 0; hop < 5; hop += 1) await new Promise((resolve) => { setImmediate(resolve); });
      order.push('worker');
    };
    void worker();
    clock.after(11, () => order.push('timer'));
    await clock.runUntilIdle();
    expect(order).toEqual(['worker', 'timer']);
  });

  it('does not fire what was cancelled, and rejects an aborted sleep with its reason', async () => {
    const clock = createVirtualClock({ startAt });
    let fired = false;
    clock.after(10, () => { fired = true; })();
    const stop = new AbortController();
    const sleeping = clock.sleep(1_000, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(sleeping).rejects.toThrow('stopped');
    await expect(clock.sleep(1, stop.signal)).rejects.toThrow('stopped');
    expect(await clock.runUntilIdle()).toBe('idle');
    expect(fired).toBe(false);
    expect(clock.pendingTimers()).toBe(0);
  });

  it('runs just far enough for a piece of work, and says when nothing could settle it', async () => {
    const clock = createVirtualClock({ startAt });
    clock.after(60_000, () => undefined);
    expect(await clock.runUntil(clock.sleep(500).then(() => 'done'))).toBe('done');
    expect(clock.now() - startAt).toBe(500);
    await expect(clock.runUntil(clock.sleep(5_000), 1_000)).rejects.toThrow('nothing is left');
    const endless = new Promise(() => undefined);
    await expect(clock.runUntil(endless)).rejects.toThrow('nothing is left');
  });

  it('ends a run of timers that never end at its limit', async () => {
    const clock = createVirtualClock({ startAt });
    const again = (): void => { clock.after(1_000, again); };
    again();
    expect(await clock.runUntilIdle(10_500)).toBe('limit');
    expect(clock.now() - startAt).toBe(10_000);
  });

  it('stands still while something outside holds it', async () => {
    const clock = createVirtualClock({ startAt });
    let fired = false;
    clock.after(1, () => { fired = true; });
    const release = clock.hold();
    const advancing = clock.advance(10);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    expect(fired).toBe(false);
    release();
    await advancing;
    expect(fired).toBe(true);
  });
});

describe('the real clock', () => {
  it('passes delays faster and tells the wall clock', async () => {
    const clock = createRealClock({ speed: 1_000 });
    const before = Date.now();
    await Promise.race([clock.sleep(10_000), new Promise((_resolve, reject) => { setTimeout(() => reject(new Error('too slow')), 2_000); })]);
    expect(Date.now() - before).toBeLessThan(1_000);
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(50);
  });

  it('refuses to stand still', () => {
    expect(() => createRealClock({ speed: 0 })).toThrow(RangeError);
  });
});

describe('blobs in memory', () => {
  async function* once(text: string): AsyncGenerator<Uint8Array> { yield Buffer.from(text); }
  async function read(pieces: AsyncIterable<Uint8Array>): Promise<string> {
    let text = '';
    for await (const piece of pieces) text += Buffer.from(piece).toString();
    return text;
  }

  it('reads ranges over several slices and forgets what is not kept', async () => {
    const blobs = createMemoryBlobs();
    const [one, two] = [await blobs.put(once('hello')), await blobs.put(once(' world'))];
    const slices = [one, { ...two, offset: 1, length: 3 }];
    expect(await read(blobs.read(slices))).toBe('hellowor');
    expect(await read(blobs.read(slices, 3, 7))).toBe('lowo');
    expect(await read(blobs.read(slices, 5, 5))).toBe('');
    await blobs.retainOnly(new Set([one.blob]));
    expect(await read(blobs.read([one]))).toBe('hello');
    await expect(read(blobs.read([two]))).rejects.toThrow('is gone');
  });
});
