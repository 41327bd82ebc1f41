/** What passes between the runtime and a worker. */
export interface WorkerData {
  modulePath: string;
  exportName: string;
  functionName: string;
  functionArn: string;
  memoryMegabytes: number;
}

export interface WorkerTask {
  requestId: string;
  payload: string;
  timeoutMs: number;
}

export type WorkerResult = { payload: string } | { error: { errorType: string; errorMessage: string; trace: string[] } };

/**
 * Sent by the worker on the way: that the handler's module is loaded and the invocation's time begins, each console line
 * as it is written (so that the lines of code that is killed later are not lost), and that no more will come. Notes and
 * results travel on ports of their own, so a result may overtake notes.
 */
export type WorkerNote = { requestId: string } & ({ kind: 'begun' | 'ended' } | { kind: 'line'; line: string });
