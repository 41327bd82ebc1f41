const parts = 'src/workflow/steps/parts-here.ts';
const tests = ['test/workflow/re-drive.test.ts'];

const redriving = ['test/workflow/redrive.test.ts'];
const alone = ['test/infra/pipeline/automatic-failover.test.ts'];

export const moves = [
  {
    name: 'whoever comes second for an operation leaves the lock to the first',
    tests: ['test/workflow/two-at-once.test.ts'],
    changes: [{ file: 'src/workflow/runner.ts', from: 'if (!isDrivenByAnother(error)) await releaseLock', to: 'await releaseLock' }],
  },
  {
    name: 'an execution is redriven once, however often Step Functions is asked',
    tests: ['test/aws/objects.test.ts'],
    changes: [{ file: 'src/aws/executions.ts', from: 'executionArn, clientToken }', to: 'executionArn, clientToken: clientToken + Math.random() }' }],
  },
  {
    name: 'a job that failed at merging gets a new execution',
    tests: redriving,
    changes: [{ file: 'src/workflow/redrive.ts', from: "job.error?.step === 'Merge'", to: "job.error?.step === 'Nothing'" }],
  },
  {
    name: 'an input that was overwritten and has no row is adopted too',
    tests: ['test/aws/objects.test.ts'],
    changes: [{ file: 'src/aws/objects.ts', from: 'options?.overwritten === undefined || deleted.has(entry.Key)', to: 'options !== null' }],
  },
  {
    name: 'the automatic failover goes on with a move that is half done',
    tests: alone,
    changes: [{ file: 'infra/pipeline/automatic-failover.ts', from: 'isHalfDone && !givesUp ? next : withoutOperation(next)', to: 'withoutOperation(next)' }],
  },
  {
    name: 'and gives up after a few tries',
    tests: alone,
    changes: [{ file: 'infra/pipeline/automatic-failover.ts', from: 'const givesUp = failures >= maxFailures;', to: 'const givesUp = failures > 100 * maxFailures;' }],
  },
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
