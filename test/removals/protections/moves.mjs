const parts = 'src/workflow/steps/parts-here.ts';
const tests = ['test/workflow/re-drive.test.ts'];

export const moves = [
  {
    name: 'parts that are kept are looked for before the new execution makes any',
    tests,
    changes: [{ file: parts, from: 'const exact = inTime && executionArn === undefined;', to: 'const exact = true;' }],
  },
  {
    name: 'where there was no time for that, what is younger than the claim is not counted',
    tests,
    changes: [{ file: parts, from: 'const exact = inTime && executionArn', to: 'const exact = executionArn' }],
  },
  {
    name: 'nor where the execution runs already',
    tests,
    changes: [{ file: parts, from: 'inTime && executionArn === undefined;', to: 'inTime;' }],
  },
];
