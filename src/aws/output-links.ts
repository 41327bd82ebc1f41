import type { Deployment } from '../config/schema.js';
import type { Job } from '../core/job.js';
import type { ClientFactoryOptions } from './client-pool.js';
import { createClientFactory } from './clients.js';
import { presignGet } from './presign/presign.js';

/** As long as the link in the e-mail. */
export const linkSeconds = 3600;

/** A download link through the Multi-Region Access Point for what a job committed; undefined while there is nothing. */
export interface OutputLinks {
  linkTo(job: Job, now: Date): Promise<string | undefined>;
}

/** Signs with the deployment's own credentials: a link ends with them, if they end before it does. */
export function createOutputLinks(deployment: Pick<Deployment, 'mrap' | 'home' | 'transport' | 'credentials'>, clientOptions?: ClientFactoryOptions): OutputLinks {
  const client = createClientFactory(deployment, clientOptions).s3(deployment.home);
  return {
    async linkTo(job, now) {
      if (job.status !== 'SUCCEEDED' || !job.outputKey) return undefined;
      const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
      return presignGet({
        accessPointArn: deployment.mrap.arn,
        key: job.outputKey,
        ...(job.outputVersionId ? { versionId: job.outputVersionId } : {}),
        expiresInSeconds: linkSeconds,
        fileName: job.outputKey.slice(job.outputKey.lastIndexOf('/') + 1),
      }, { accessKeyId, secretAccessKey, sessionToken }, now);
    },
  };
}
