/** Executions that Step Functions lets one account and Region start at once, and a second after that (service quotas page). */
export interface StartQuota {
  burst: number;
  perSecond: number;
}

const largeRegions = new Set(['us-east-1', 'us-west-2', 'eu-west-1']);

/** The default quota of a Region. An account may have been given more, or share it with others. */
export function startQuotaOf(region: string): StartQuota {
  return largeRegions.has(region) ? { burst: 1300, perSecond: 300 } : { burst: 800, perSecond: 150 };
}

/** Seconds until the last of `jobs` may start in `region`. */
export function startingSeconds(jobs: number, region: string): number {
  const { burst, perSecond } = startQuotaOf(region);
  return Math.max(0, jobs - burst) / perSecond;
}
