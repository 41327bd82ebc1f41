/**
 * The state machine that runs one job, as an Amazon States Language object in JSONata. What each state gives to the next
 * is in the table of `infra/README.md`.
 *
 * Every state reads its claim from the execution's own input and never from what an earlier state returned: the claim
 * is what the ledger fences, so nothing on the way may change it.
 *
 * Nothing but the e-mail's failure is caught: an execution that fails must end at the state that failed, because that is
 * where Step Functions' own redrive goes on. The row is written by the `fail` function, which the Region's event bus tells
 * of every execution that ended badly, and by the sweep where that event was lost.
 */
export interface JobDefinitionOptions {
  functionArns: Record<'split' | 'process-part' | 'merge' | 'commit' | 'notify', string>;
  /** The bucket that holds the manifest of a distributed run. */
  bucket: string;
  partition?: string;
  /** Children of a Distributed Map at a time: below the default Lambda concurrency, so that other jobs still run. */
  maxConcurrency?: number;
}

type State = Record<string, unknown>;
export type StateMachineDefinition = { QueryLanguage: 'JSONata'; Comment: string; StartAt: string; TimeoutSeconds: number; States: Record<string, State> };

const hourSeconds = 3600;
const run = '{% $states.context.Execution.Input %}';

/**
 * Throttles wait for capacity and cost nothing but time; everything else is tried a few times. Input that can never
 * succeed is told from both by its error's name. Full jitter keeps the parts of a job from coming back in step.
 */
const retryCalls = [
  { ErrorEquals: ['InputRejected'], MaxAttempts: 0 },
  { ErrorEquals: ['Lambda.TooManyRequestsException'], IntervalSeconds: 2, BackoffRate: 2, MaxDelaySeconds: 60, MaxAttempts: 60, JitterStrategy: 'FULL' },
  { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, BackoffRate: 2, MaxDelaySeconds: 60, MaxAttempts: 6, JitterStrategy: 'FULL' },
];

/**
 * A Region cut off from the others cannot write to the ledger: it fails closed. The finished work must not be thrown
 * away for that, so these writes are tried for at least a day (full jitter halves the delays on average:
 * 600 × 150 s = 25 h). When the Region is back, the ledger either takes the commit or refuses it because the job has moved.
 */
const retryLedgerWrites = [
  { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, BackoffRate: 2, MaxDelaySeconds: 300, MaxAttempts: 600, JitterStrategy: 'FULL' },
];

export function jobDefinition(options: JobDefinitionOptions): StateMachineDefinition {
  const partition = options.partition ?? 'aws';
  const arns = options.functionArns;
  const invoke = (functionArn: string, payload: unknown, more: State): State => ({
    Type: 'Task',
    Resource: `arn:${partition}:states:::lambda:invoke`,
    Arguments: { FunctionName: functionArn, Payload: payload },
    Output: '{% $states.result.Payload %}',
    // Longer than any function may run, so that only an answer that never comes ends here.
    TimeoutSeconds: 960,
    ...more,
  });
  // State names are unique in the whole definition, also across the two Maps.
  const processPart = (stateName: string): State => ({
    StartAt: stateName,
    // Counts travel in the metadata of the part objects: ten thousand results must fit into one 256 KiB state.
    States: { [stateName]: invoke(arns['process-part'], '{% $states.input %}', { Retry: retryCalls, Output: '{% 1 %}', End: true }) },
  });
  const parts = {
    Type: 'Map',
    ItemSelector: { run, part: '{% $states.context.Map.Item.Value %}' },
    Output: { partCount: '{% $states.input.partCount %}', manifestKey: '{% $states.input.manifestKey %}' },
    Next: 'Merge',
  };
  return {
    QueryLanguage: 'JSONata',
    Comment: 'One job: split the input, process its parts, merge them, commit in the ledger, notify.',
    StartAt: 'Split',
    // More than the day that a commit may wait for the ledger.
    TimeoutSeconds: 48 * hourSeconds,
    States: {
      Split: invoke(arns.split, run, { Retry: retryCalls, Next: 'PartsMode' }),
      PartsMode: { Type: 'Choice', Choices: [{ Condition: "{% $states.input.mode = 'inline' %}", Next: 'InlineParts' }], Default: 'DistributedParts' },
      InlineParts: {
        ...parts,
        Items: '{% $states.input.parts %}',
        MaxConcurrency: 40,
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...processPart('ProcessPart') },
      },
      DistributedParts: {
        ...parts,
        Label: 'Parts',
        ItemReader: {
          Resource: `arn:${partition}:states:::s3:getObject`,
          ReaderConfig: { InputType: 'JSON' },
          Arguments: { Bucket: options.bucket, Key: '{% $states.input.manifestKey %}' },
        },
        MaxConcurrency: options.maxConcurrency ?? 200,
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...processPart('ProcessManifestPart') },
      },
      Merge: invoke(arns.merge, { run, partCount: '{% $states.input.partCount %}', manifestKey: '{% $states.input.manifestKey %}' }, {
        Retry: retryCalls, Next: 'Commit',
      }),
      Commit: invoke(arns.commit, { run, merged: '{% $states.input %}' }, {
        Retry: retryLedgerWrites, Next: 'Committed',
      }),
      Committed: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.committed %}', Next: 'Notify' }], Default: 'Superseded' },
      // The output counts already. A mail that could not be sent is settled by the sweep and never fails the job.
      Notify: invoke(arns.notify, { jobId: '{% $states.context.Execution.Input.jobId %}' }, {
        Retry: retryCalls, Catch: [{ ErrorEquals: ['States.ALL'], Output: { state: 'UNSETTLED' }, Next: 'Succeeded' }], Next: 'Succeeded',
      }),
      Succeeded: { Type: 'Succeed' },
      Superseded: { Type: 'Succeed', Comment: 'The ledger refused the commit: somebody else owns the job, and did or will finish it.' },
    },
  };
}
