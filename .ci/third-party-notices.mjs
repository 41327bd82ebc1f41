// Writes dist/THIRD-PARTY-NOTICES.txt: the licence of every package whose code the bundles hold. `npm pack` runs it.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (...parts) => readFileSync(path.join(root, ...parts), 'utf8');

/** As the build noted them: `node_modules/NAME`, or deeper where two versions of a package are installed. */
const bundled = new Set(['cli', 'functions'].flatMap((part) => Object.values(JSON.parse(read('dist/contents', `${part}.json`))).flat()));

const packages = [...bundled].map((directory) => {
  const { name, version, license } = JSON.parse(read(directory, 'package.json'));
  const files = readdirSync(path.join(root, directory)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).sort();
  return { id: `${name} ${version}`, license: license ?? 'see below', text: files.map((file) => read(directory, file).trim()).join('\n\n') };
}).sort((left, right) => (left.id < right.id ? -1 : 1));

/** One text for all who share it to the letter: most packages of one publisher do. */
const byText = new Map();
for (const each of packages) byText.set(each.text, [...(byText.get(each.text) ?? []), each]);

const sections = [...byText].map(([text, sharing]) => [
  [...new Set(sharing.map(({ id, license }) => `${id} (${license})`))].join('\n'),
  text === '' ? 'The package holds no text of its licence; it is published under the one named above.' : text,
].join('\n\n'));
const rule = '-'.repeat(78);
const head = 'batchctl is made with these packages, whose code is part of the files beside this one.';
writeFileSync(path.join(root, 'dist/THIRD-PARTY-NOTICES.txt'), `${[head, ...sections].join(`\n\n${rule}\n\n`)}\n`);
process.stderr.write(`batchctl: notices of ${packages.length} packages\n`);
