import { alertFrom } from '../pipeline/alerts.js';
import type { Environment } from '../pipeline/environment.js';
import { recordFailedExecution, type FailedExecutionEvent } from '../pipeline/failed-execution.js';
import { jobExecutionsFrom } from '../pipeline/job-executions.js';
import { type BuildOptions, createRuntime, onFirstCall } from '../pipeline/runtime.js';

export function build(environment: Environment, options?: BuildOptions): (event: FailedExecutionEvent) => Promise<{ recorded: boolean }> {
  const runtime = createRuntime(environment, 'fail', options);
  const ports = { ...runtime, ledger: runtime.ledger(), executions: jobExecutionsFrom(runtime), alert: alertFrom(runtime) };
  return (event) => recordFailedExecution(event, ports);
}

export const handler = onFirstCall(() => build(process.env));
