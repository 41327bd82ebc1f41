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

/** Sent as it is written, so that the lines of code that is killed later are not lost. */
export interface WorkerLine {
  requestId: string;
  line: string;
}
