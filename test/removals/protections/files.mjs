const save = 'src/cli/save-whole.ts';
const saving = ['test/cli/save-whole.test.ts'];
const names = ['test/core/file-name.test.ts'];
const loading = ['test/config/load.test.ts'];
const load = 'src/config/load.ts';
const schema = 'src/config/schema.ts';

export const files = [
  {
    name: 'the name of an output leads out of no folder',
    tests: names,
    changes: [{ file: 'src/core/file-name.ts', from: '.replace(unsafe, \'_\')', to: '' }],
  },
  {
    name: 'it hides nothing and is no flag',
    tests: names,
    changes: [{ file: 'src/core/file-name.ts', from: '.replace(/^[.\\-~]+/, \'\')', to: '' }],
  },
  {
    name: 'only the end of a key names a file',
    tests: names,
    changes: [{ file: 'src/core/file-name.ts', from: 'key.slice(key.lastIndexOf(\'/\') + 1)', to: 'key' }],
  },
  {
    name: 'it fits into a file system',
    tests: names,
    changes: [{ file: 'src/core/file-name.ts', from: 'return shortened(last) || fallback;', to: 'return (last.length > 1e9 ? shortened(last) : last) || fallback;' }],
  },
  {
    name: 'a folder gets a file named after the key, made harmless',
    tests: ['test/cli/output.test.ts'],
    changes: [{ file: 'src/cli/actions/output.ts', from: 'path.join(out, fileNameOf(wanted.key, `${job.jobId}.csv`))', to: 'path.join(out, wanted.key || fileNameOf(wanted.key, job.jobId))' }],
  },
  {
    name: 'an output replaces nothing unasked',
    tests: saving,
    changes: [
      { file: save, from: 'if (!overwrite) await refuseExisting(file);', to: '' },
      { file: save, from: 'await (overwrite ? rename(temporary, file) : renameUnlessTaken(temporary, file));', to: 'await (overwrite || file !== \'\' ? rename(temporary, file) : renameUnlessTaken(temporary, file));' },
    ],
  },
  {
    name: 'nor what came while it was written',
    tests: saving,
    changes: [{ file: save, from: 'await (overwrite ? rename(temporary, file) : renameUnlessTaken(temporary, file));', to: 'await (overwrite || file !== \'\' ? rename(temporary, file) : renameUnlessTaken(temporary, file));' }],
  },
  {
    name: 'an output follows no link',
    tests: saving,
    changes: [
      { file: save, from: 'if (!overwrite) await refuseExisting(file);', to: '' },
      { file: save, from: 'const temporary = path.join(path.dirname(file), `.batchctl-${randomBytes(6).toString(\'hex\')}.part`);', to: 'const temporary = file; void path; void randomBytes;' },
      { file: save, from: "open(temporary, 'wx', 0o666)", to: "open(temporary, 'w', 0o666)" },
      { file: save, from: 'await (overwrite ? rename(temporary, file) : renameUnlessTaken(temporary, file));', to: 'void rename; void renameUnlessTaken;' },
    ],
  },
  {
    name: 'half an output is none',
    tests: saving,
    changes: [{ file: save, from: 'await rm(temporary, { force: true });\n    throw error;', to: 'throw error;' }],
  },
  {
    name: 'deployment files are for their owner alone',
    tests: loading,
    changes: [{ file: 'src/config/write.ts', from: "open(temporary, 'wx', 0o600)", to: "open(temporary, 'wx', 0o644)" }],
  },
  {
    name: 'deployment files are written whole or not at all',
    tests: loading,
    changes: [
      { file: 'src/config/write.ts', from: 'const temporary = `${file}.${randomBytes(6).toString(\'hex\')}.tmp`;', to: 'const temporary = file; void randomBytes;' },
      { file: 'src/config/write.ts', from: "open(temporary, 'wx', 0o600)", to: "open(temporary, 'w', 0o600)" },
      { file: 'src/config/write.ts', from: 'await rename(temporary, file);', to: 'void rename;' },
    ],
  },
  {
    name: 'a deployment file is written through no link',
    tests: loading,
    changes: [
      { file: 'src/config/write.ts', from: "await rename(temporary, file);", to: "await handleOf(file).then((target) => target.writeFile(text)); void rename;" },
      { file: 'src/config/write.ts', from: "/**\n * Atomic and owner-only", to: "const handleOf = (file: string) => open(file, 'w', 0o600);\n\n/**\n * Atomic and owner-only" },
    ],
  },
  {
    name: 'a secret key that others can read is told',
    tests: loading,
    changes: [{ file: load, from: '(await stat(file)).mode & 0o077) !== 0', to: '(await stat(file)).mode & 0o000) !== 0' }],
  },
  {
    name: 'a copied or renamed deployment file is refused',
    tests: loading,
    changes: [{ file: load, from: 'if (deployment.name === name) return { deployment, file };', to: 'if (deployment.name !== \'\') return { deployment, file };' }],
  },
  {
    name: '-d and --config must mean the same deployment',
    tests: loading,
    changes: [{ file: load, from: 'if (name !== undefined && deployment.name !== name) {', to: 'if (name === undefined && deployment.name !== name && file === \'\') {' }],
  },
  {
    name: 'parts of two deployments in one file are refused',
    tests: loading,
    changes: [{ file: schema, from: 'index < own.length && itsAccount !== account', to: 'index < 0 && itsAccount !== account' }],
  },
  {
    name: 'parts of two partitions in one file are refused',
    tests: loading,
    changes: [{ file: schema, from: 'if (itsPartition !== partition) return', to: 'if (itsPartition === \'\') return' }],
  },
  {
    name: 'what is wrong with a file is told without its values',
    tests: loading,
    changes: [{ file: 'src/config/parse.ts', from: 'message: `is not JSON: ${jsonComplaint(text, error)}`', to: 'message: `is not JSON: ${jsonComplaint(text, error)}: ${text}`' }],
  },
  {
    name: 'a misspelt setting is no setting',
    tests: loading,
    changes: [{ file: schema, from: 'export const deploymentSchema = z.strictObject({', to: 'export const deploymentSchema = z.object({' }],
  },
  {
    name: 'a deployment file of another version is refused',
    tests: loading,
    changes: [{ file: schema, from: 'schemaVersion: z.literal(1),', to: 'schemaVersion: z.number(),' }],
  },
];
