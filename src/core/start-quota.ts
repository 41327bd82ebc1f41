/** Executions that Step Functions lets one account start at once, and a second after that (service quotas page). */
export const startBurst = 1300;
export const startsPerSecond = 300;

/** Seconds until the last of `jobs` may start. */
export function startingSeconds(jobs: number): number {
  return Math.max(0, jobs - startBurst) / startsPerSecond;
}
