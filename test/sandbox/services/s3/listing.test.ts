import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { compareKeys, createKeyIndex, firstBeyondPrefix } from '../../../../src/sandbox/services/s3/key-index.js';
import { bucket, put, refusal, storageWorld } from './storage-world.js';
import type { StorageWorld } from './storage-world.js';

interface Listing {
  Contents?: { Key: string }[];
  CommonPrefixes?: { Prefix: string }[];
  IsTruncated: boolean;
  NextContinuationToken?: string;
  KeyCount: number;
}

let world: StorageWorld;
beforeEach(async () => {
  world = storageWorld();
  await bucket(world, 'data');
});

async function listAll(input: object): Promise<{ keys: string[]; prefixes: string[]; pages: number }> {
  const found = { keys: [] as string[], prefixes: [] as string[], pages: 0 };
  let token: string | undefined;
  do {
    const page: Listing = await world.call('ListObjectsV2', { Bucket: 'data', ...input, ...(token ? { ContinuationToken: token } : {}) });
    found.keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
    found.prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix));
    found.pages += 1;
    token = page.NextContinuationToken;
  } while (token);
  return found;
}

describe('ListObjectsV2', () => {
  it('pages through any keys in UTF-8 order, whatever the page size, prefix and delimiter', async () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '\u{1F600}', '\uFF5E'), minLength: 1, maxLength: 6 });
    await fc.assert(fc.asyncProperty(fc.uniqueArray(key, { minLength: 1, maxLength: 25 }), fc.integer({ min: 1, max: 7 }), fc.constantFrom('', 'a', 'a/', '/'), async (keys, MaxKeys, Prefix) => {
      world = storageWorld();
      await bucket(world, 'data');
      for (const one of keys) await put(world, 'data', one, '');
      const sorted = keys.filter((one) => one.startsWith(Prefix)).sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
      expect((await listAll({ MaxKeys, Prefix })).keys).toEqual(sorted);
      const rolled = await listAll({ MaxKeys, Prefix, Delimiter: '/' });
      expect(rolled.keys).toEqual(sorted.filter((one) => !one.slice(Prefix.length).includes('/')));
      const folded = sorted.filter((one) => one.slice(Prefix.length).includes('/')).map((one) => Prefix + one.slice(Prefix.length).split('/')[0]! + '/');
      expect(rolled.prefixes).toEqual([...new Set(folded)]);
    }), { numRuns: 60 });
  });

  it('gives at most a thousand keys a page and counts them', async () => {
    for (let index = 0; index < 1001; index += 1) await put(world, 'data', `k${index}`, '');
    const page = await world.call<Listing>('ListObjectsV2', { Bucket: 'data', MaxKeys: 5000 });
    expect([page.KeyCount, page.IsTruncated]).toEqual([1000, true]);
    expect((await listAll({})).pages).toBe(2);
  });

  it('shows every change at once, and no deleted object', async () => {
    await put(world, 'data', 'a');
    await put(world, 'data', 'b');
    await world.call('DeleteObject', { Bucket: 'data', Key: 'a' });
    expect((await listAll({})).keys).toEqual(['b']);
    expect((await listAll({ StartAfter: 'b' })).keys).toEqual([]);
  });

  it('encodes keys when asked and refuses tokens that it did not make', async () => {
    await put(world, 'data', 'a b/c+d\u0001');
    expect((await listAll({ EncodingType: 'url' })).keys).toEqual(['a+b/c%2Bd%01']);
    expect(await refusal(world.call('ListObjectsV2', { Bucket: 'data', ContinuationToken: 'x' }))).toBe('InvalidArgument 400');
  });

  it('stays fast with a hundred thousand keys between writes', async () => {
    const index = createKeyIndex();
    for (let number = 0; number < 100_000; number += 1) index.add(`work/${(number * 7919) % 100_000}`);
    index.sorted();
    const started = process.hrtime.bigint();
    for (let number = 0; number < 200; number += 1) { index.add(`work/new-${number}`); index.sorted(); }
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(1000);
    expect(index.sorted()).toHaveLength(100_200);
    expect(firstBeyondPrefix(index.sorted(), 'work/new-')).toBe(100_200);
  });
});

describe('the order of keys', () => {
  it('is that of their bytes', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (left, right) => {
      expect(Math.sign(compareKeys(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
    }));
  });

  it('survives any sequence of additions and removals', () => {
    const change = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 400 }), fc.boolean());
    fc.assert(fc.property(fc.array(change, { maxLength: 1500 }), (changes) => {
      const index = createKeyIndex();
      const expected = new Set<string>();
      for (const [isAddition, number, looks] of changes) {
        const key = `k${number}`;
        if (isAddition && !expected.has(key)) { expected.add(key); index.add(key); }
        if (!isAddition && expected.delete(key)) index.remove(key);
        if (looks && number % 20 === 0) index.sorted();
      }
      expect(index.sorted()).toEqual([...expected].sort());
    }), { numRuns: 60 });
  });
});

describe('ListObjectVersions', () => {
  it('tells versions and markers, newest first, and goes on inside a key', async () => {
    await put(world, 'data', 'a', '1');
    await put(world, 'data', 'a', '2');
    await world.call('DeleteObject', { Bucket: 'data', Key: 'a' });
    await put(world, 'data', 'b', '3');
    interface Page { Versions?: { Key: string; IsLatest: boolean }[]; DeleteMarkers?: { IsLatest: boolean }[]; IsTruncated: boolean; NextKeyMarker?: string; NextVersionIdMarker?: string }
    const seen: string[] = [];
    let marker: object = {};
    for (;;) {
      const page: Page = await world.call('ListObjectVersions', { Bucket: 'data', MaxKeys: 1, ...marker });
      for (const version of page.Versions ?? []) seen.push(`${version.Key} ${version.IsLatest}`);
      for (const one of page.DeleteMarkers ?? []) seen.push(`marker ${one.IsLatest}`);
      if (!page.IsTruncated) break;
      marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
    expect(seen).toEqual(['marker true', 'a false', 'a false', 'b true']);
  });
});
