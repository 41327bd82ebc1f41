import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { describe, expect, it } from 'vitest';

interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}
interface Locked {
  version: string;
  license?: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  dev?: boolean;
  inBundle?: boolean;
}

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
const locked = Object.entries(lock.packages).filter(([place]) => place !== '');
const named = { ...manifest.dependencies, ...manifest.devDependencies };
const nameOf = (place: string): string => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Each may be combined with MIT and shipped with it. MPL-2.0 covers its own files alone, and only development uses them. */
const permissive = new Set(['MIT', 'Apache-2.0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'Python-2.0', '(MIT OR CC0-1.0)', '(MIT OR GPL-3.0-or-later)']);

/** Of development alone, and each works without its script: esbuild brings its program as a package, classic-level as a prebuild. */
const scriptsThatNobodyNeeds = ['classic-level', 'esbuild'];

/** Run by name, loaded by a configuration, or by the compiler's own hand (JSX). */
const commands = new Set(['aws-cdk', 'eslint', 'react', 'typescript', 'typescript-eslint', 'vitest']);

describe('what batchctl is made of', () => {
  it('is pinned exactly', () => {
    expect(Object.entries(named).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(Object.entries(named).filter(([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version)).toEqual([]);
  });

  it('names everything that it imports, and imports everything that it names', () => {
    const files = execFileSync('git', ['ls-files', 'src', 'infra', 'test', 'bin', '.ci'], { cwd: new URL('..', import.meta.url), encoding: 'utf8' }).split('\n').filter((file) => /\.(ts|tsx|mjs|js|cjs)$/.test(file));
    // A declaration begins its line; the calls may stand anywhere.
    const imported = /^(?:import|export)\b[^'"`;]*?from '([^']+)'|^import '([^']+)'|^\} from '([^']+)'|\bimport\('([^']+)'\)|\b(?:require|createRequire\(import\.meta\.url\))\('([^']+)'\)/gm;
    const packages = new Map<string, string>();
    for (const file of files) {
      for (const found of read(file).matchAll(imported)) {
        const name = found.slice(1).find((each) => each !== undefined) ?? '';
        if (/^[./]|^(node|data):/.test(name) || builtinModules.includes(name)) continue;
        packages.set(name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/'), file);
      }
    }
    expect([...packages].filter(([name]) => !(name in named) && !(`@types/${name}` in named))).toEqual([]);
    expect(Object.keys(named).filter((name) => !packages.has(name) && !commands.has(name) && !name.startsWith('@types/'))).toEqual([]);
  });

  it('comes from the public registry, each package with its digest', () => {
    for (const [place, { resolved, integrity, inBundle }] of locked) {
      if (inBundle) continue;
      expect(integrity, place).toMatch(/^sha512-/);
      if (resolved !== undefined) expect(resolved, place).toMatch(/^https:\/\/registry\.npmjs\.org\//);
    }
  });

  it('needs no script at installation, and nothing that ships has one', () => {
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript);
    expect(scripted.map(([place]) => nameOf(place)).sort()).toEqual(scriptsThatNobodyNeeds);
    expect(scripted.filter(([, { dev }]) => !dev)).toEqual([]);
  });

  it('has licences that go with MIT', () => {
    for (const [place, { license, dev }] of locked) expect(permissive.has(license ?? '') || (license === 'MPL-2.0' && dev), `${place}: ${license}`).toBe(true);
  });

  it('has a reason for every package, in src/README.md', () => {
    const section = read('src/README.md').split('\n## ').find((part) => part.startsWith('What it is made of')) ?? '';
    const told = new Set([...section.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name)));
    expect(Object.keys(named).filter((name) => !told.has(name))).toEqual([]);
    expect([...told].filter((name) => !(name! in named))).toEqual([]);
  });
});
