import { readAssembly, regionsOf, type Assembly } from '../deploy/assembly.js';
import type { CustomResourceResponses } from '../deploy/custom-resource.js';
import { deployAssembly, destroyStacks } from '../deploy/deployer.js';
import type { DeployerOptions, DeploymentProgress, DeploymentResult, KeptResource } from '../deploy/deployment.js';
import { DeploymentError } from '../deploy/template.js';
import type { CloudFormationService } from '../services/cloudformation/service.js';
import { forgetOtherAssets, keepAssets } from './assets.js';
import type { HostedWorld } from './hosted-world.js';
import type { SandboxLog } from './log.js';

export interface DeploymentsParts {
  hosted: HostedWorld;
  responses: CustomResourceResponses;
  /** Those that have listeners; an assembly for others would need a sandbox of its own. */
  regions: readonly string[];
  assetsFolder: string;
  log: SandboxLog;
  /** Of the assembly that the saved state was deployed from. */
  deployedDigest: string | undefined;
  save(): Promise<void>;
}

/** What is deployed in a running sandbox, and what changes it. One change at a time. */
export interface Deployments {
  /** Undefined before the first deployment has ended well. */
  digest(): string | undefined;
  /** Deploys at the start; nothing runs yet that could need older code. */
  deployFirst(assembly: Assembly, onProgress?: (progress: DeploymentProgress) => void): Promise<void>;
  /** Deploys what `cdk synth` wrote in `folder`, while everything goes on running. @throws DeploymentError */
  upgrade(folder: string): Promise<Upgraded>;
  /** Deletes every stack, as `cdk destroy --all` does; the next start would deploy again. @throws DeploymentError */
  destroy(): Promise<Destroyed>;
}

export interface Destroyed {
  removed: number;
  kept: KeptResource[];
}

export interface Upgraded extends Pick<DeploymentResult, 'created' | 'updated' | 'unchanged' | 'removed'> {
  assembly: string;
  assemblyDigest: string;
}

export function createDeployments(parts: DeploymentsParts): Deployments {
  const { hosted, log, regions } = parts;
  let digest = parts.deployedDigest;
  let underWay = false;

  const options = (onProgress?: (progress: DeploymentProgress) => void): DeployerOptions => ({
    world: hosted.world, services: hosted.services.values(), responses: parts.responses, deployerArn: hosted.operatorArn,
    cloudFormation: hosted.services.get('cloudformation') as CloudFormationService,
    onProgress: (progress) => {
      log.write(progress.region, 'deploy', [progress.stackName, progress.action, progress.logicalId, progress.type].filter(Boolean).join(' '));
      onProgress?.(progress);
    },
  });
  /** Whatever comes of it, what was done by then is saved. */
  const saved = async <Result>(change: () => Promise<Result>): Promise<Result> => {
    try {
      return await change();
    } catch (error) {
      log.write('-', 'deploy', `failed: ${(error as Error).message}`);
      throw error;
    } finally {
      await parts.save();
    }
  };
  const alone = async <Result>(change: () => Promise<Result>): Promise<Result> => {
    if (underWay) throw new DeploymentError('another deployment is under way');
    underWay = true;
    try {
      return await change();
    } finally {
      underWay = false;
    }
  };
  const deploy = (assembly: Assembly, onProgress?: (progress: DeploymentProgress) => void): Promise<DeploymentResult> => saved(async () => {
    const result = await deployAssembly(assembly, options(onProgress));
    digest = assembly.digest;
    return result;
  });

  return {
    digest: () => digest,
    deployFirst: async (assembly, onProgress) => {
      if (digest !== assembly.digest) await deploy(assembly, onProgress);
      // What an upgrade replaced may have run until the host was stopped; now nothing does.
      await forgetOtherAssets(assembly, parts.assetsFolder);
    },
    upgrade: (folder) => alone(async () => {
      const assembly = await keepAssets(await readAssembly(folder), parts.assetsFolder);
      const foreign = regionsOf(assembly).filter((region) => !regions.includes(region));
      if (foreign.length > 0) throw new DeploymentError(`this sandbox has no ${foreign.join(', ')}: start another one with these templates`);
      const { created, updated, unchanged, removed } = await deploy(assembly);
      return { assembly: folder, assemblyDigest: assembly.digest, created, updated, unchanged, removed };
    }),
    destroy: () => alone(() => saved(async () => {
      digest = undefined;
      return destroyStacks(options());
    })),
  };
}
