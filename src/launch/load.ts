import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import type { CodeCache } from './code-cache.js';

export interface LoaderOptions {
  /** Holds the files of the bundle. */
  directory: string;
  /** Gives what is not of the bundle: Node's own modules. */
  native: (specifier: string) => unknown;
  cache: CodeCache;
  onLoad?: (name: string) => void;
}

/** The parameters of what each file of the bundle is the body of. The build names them too. */
type Body = (exports: object, require: (specifier: string) => unknown, module: { exports: object }, moduleUrl: string, importModule: (specifier: string) => Promise<unknown>) => void;

/** Compiling less than this takes no longer than reading what was compiled. */
const leastCached = 4096;

/**
 * Loads files of the bundle as Node loads CommonJS, and lets V8 take what it compiled the last time. `./x.mjs` is left to
 * Node's own loader of ES modules.
 */
export function createLoader({ directory, native, cache, onLoad }: LoaderOptions): (specifier: string) => unknown {
  const loaded = new Map<string, { exports: object }>();
  // The build's names need no escape, so that what they begin with is found once.
  const folder = directory + path.sep;
  const folderUrl = pathToFileURL(folder).href;
  const urlOf = (name: string): string => folderUrl + name;
  const importModule = (specifier: string): Promise<unknown> => {
    onLoad?.(specifier.slice(2));
    return import(urlOf(specifier)) as Promise<unknown>;
  };

  function load(specifier: string): unknown {
    if (!specifier.startsWith('./')) return native(specifier);
    const name = specifier.slice(2);
    const known = loaded.get(name);
    if (known) return known.exports;
    onLoad?.(name);
    const module = { exports: {} };
    // Before it runs: files of the bundle may need each other.
    loaded.set(name, module);
    bodyOf(name)(module.exports, load, module, urlOf(name), importModule);
    return module.exports;
  }

  function bodyOf(name: string): Body {
    const filename = folder + name;
    // The build leaves nothing but ASCII, and this is its fastest reading.
    const source = readFileSync(filename, 'latin1');
    const wrapped = `(function (exports, require, module, moduleUrl, importModule) { ${source}\n})`;
    if (source.length < leastCached) return new Script(wrapped, { filename }).runInThisContext() as Body;
    const cachedData = cache.read(name);
    const script = new Script(wrapped, { filename, ...(cachedData ? { cachedData } : {}) });
    if (!cachedData || script.cachedDataRejected) cache.keep(name, script);
    return script.runInThisContext() as Body;
  }

  return load;
}
