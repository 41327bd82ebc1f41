/** Stands in for `node:timers/promises`: the build of the simulator resolves the one to the other. */
export function setTimeout(milliseconds = 0, value?: unknown, options: { signal?: AbortSignal } = {}): Promise<unknown> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const timer = globalThis.setTimeout(() => {
      signal?.removeEventListener('abort', leave);
      resolve(value);
    }, milliseconds);
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', leave, { once: true });
  });
}
