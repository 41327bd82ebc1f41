const tests = ['test/supply-chain.test.ts'];

export const supplyChain = [
  {
    name: 'dependencies are pinned exactly',
    tests,
    changes: [{ file: 'package.json', from: '"ajv": "8.20.0"', to: '"ajv": "^8.20.0"' }],
  },
  {
    name: 'what is imported is named',
    tests,
    changes: [{ file: 'package.json', from: '    "csv-parse": "7.0.3",\n', to: '' }],
  },
  {
    name: 'what is named has a reason',
    tests,
    changes: [{ file: 'src/README.md', from: '`dynalite`', to: '`another`' }],
  },
  {
    name: 'packages have a digest that can be trusted',
    tests,
    changes: [{ file: 'package-lock.json', from: '"integrity": "sha512-EIDzWEhyz4XT4tDu', to: '"integrity": "sha1-EIDzWEhyz4XT4tDu' }],
  },
  {
    name: 'no room of the code reaches into another',
    tests: ['test/lint/boundaries.test.ts'],
    changes: [{ file: '.eslintrc.cjs', from: "boundary(['src/core/**'], [", to: "boundary(['src/nothing/**'], [" }],
  },
];
