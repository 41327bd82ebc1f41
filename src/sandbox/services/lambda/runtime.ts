/** What runs functions' code: workers for a started sandbox, plain calls for simulation. */
export interface FunctionRuntime {
  /**
   * Runs the handler once. Never throws for what the code does: that is the outcome. When `signal` is aborted the code is
   * killed (as far as it can be) and the outcome is `killed`.
   */
  invoke(fn: FunctionConfiguration, payload: string, options: InvocationOptions): Promise<InvocationOutcome>;
  /** Lets go of everything; invocations under way end as `killed`. */
  stop(): Promise<void>;
}

export interface InvocationOptions {
  requestId: string;
  timeoutMs: number;
  signal: AbortSignal;
  /** All variables of the process, role credentials included. The same object until they change. */
  environment: Readonly<Record<string, string>>;
  /** A line that the code wrote to its console. */
  log(line: string): void;
}

export type InvocationOutcome =
  | { kind: 'returned'; payload: string }
  | { kind: 'failed'; error: FunctionError }
  | { kind: 'timeout' }
  | { kind: 'killed' };

/** As Lambda reports an exception of the handler. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace: string[];
}

export interface FunctionConfiguration {
  functionName: string;
  functionArn: string;
  region: string;
  roleArn: string;
  /** `index.handler`: the module in `codeFolder` and the name that it exports. */
  handler: string;
  codeFolder: string;
  runtime: string;
  timeoutSeconds: number;
  memoryMegabytes: number;
  environment: Record<string, string>;
  description: string;
  /** Changes with code or configuration: environments of an older revision are not used again. */
  revision: string;
  /** Milliseconds since 1970. */
  lastModified: number;
  /** Runs at once at most, when set; 0 stops the function. */
  reservedConcurrency?: number;
  deadLetterTargetArn?: string;
  logGroup: string;
}

export function functionErrorOf(problem: unknown): FunctionError {
  if (!(problem instanceof Error)) return { errorType: typeof problem, errorMessage: String(problem), trace: [] };
  return { errorType: problem.name, errorMessage: problem.message, trace: (problem.stack ?? '').split('\n') };
}
