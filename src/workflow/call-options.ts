/** Bounds one call: no step waits for a dead Region longer than this. */
export interface CallOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
}
