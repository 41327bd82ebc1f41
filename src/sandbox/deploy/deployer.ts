import type { ResourceHandler, Service } from '../service.js';
import type { CloudFormationService } from '../services/cloudformation/service.js';
import type { Assembly, AssemblyStack } from './assembly.js';
import type { DeployerOptions, DeploymentResult, KeptResource } from './deployment.js';
import { StackDeployment } from './stack-deployment.js';
import { DeploymentError } from './template.js';

/**
 * Deploys a cloud assembly into the sandbox: stacks in dependency order, and in each stack resources after those they
 * need, one at a time, so that the same assembly and seed always make the same world. Deploying again changes what
 * changed: a resource whose resolved properties and assets are the same is not touched.
 * Nothing is rolled back. A failure leaves the stack as far as it came, and the next deployment goes on from there.
 * @throws DeploymentError naming stack, resource and reason
 */
export async function deployAssembly(assembly: Assembly, options: DeployerOptions): Promise<DeploymentResult> {
  const handlers = handlersOf(options.services);
  const counts = { created: 0, updated: 0, unchanged: 0, removed: 0 };
  for (const stack of assembly.stacks) {
    if (stack.account !== undefined && stack.account !== options.world.account) {
      throw new DeploymentError(`stack ${stack.stackName} is for account ${stack.account}, but the sandbox is account ${options.world.account}`);
    }
    await new StackDeployment(stack, assembly, handlers, options, counts).run();
  }
  return { ...counts, outputs: stackOutputs(options.cloudFormation), unmodelled: options.cloudFormation.unmodelled() };
}

/**
 * Deletes every stack, the last one deployed first, and in each the last resource first; what a template retains is left, as is what
 * the sandbox has no way to delete. Nothing is rolled back: a resource that cannot go, such as a bucket that holds something, ends it, and
 * the next attempt goes on from there. @throws DeploymentError
 */
export async function destroyStacks(options: DeployerOptions): Promise<{ removed: number; kept: KeptResource[] }> {
  const handlers = handlersOf(options.services);
  const counts = { created: 0, updated: 0, unchanged: 0, removed: 0 };
  const kept: KeptResource[] = [];
  for (const record of [...options.cloudFormation.stacks()].reverse()) {
    const { stackName, region } = record;
    const emptied: AssemblyStack = { id: stackName, stackName, region, account: undefined, template: { Resources: {} }, parameters: {}, tags: {} };
    await new StackDeployment(emptied, { folder: '', stacks: [], assets: new Map(), digest: '' }, handlers, options, counts).destroy(kept);
  }
  return { removed: counts.removed, kept };
}

function handlersOf(services: Iterable<Service>): Map<string, ResourceHandler> {
  return new Map([...services].flatMap((service) => Object.entries(service.resources ?? {})));
}

/** The outputs of every stack that stands, in the shape of `cdk deploy --outputs-file`. */
export function stackOutputs(cloudFormation: CloudFormationService): DeploymentResult['outputs'] {
  return Object.fromEntries(cloudFormation.stacks().map((stack) => [
    stack.stackName,
    Object.fromEntries(Object.entries(stack.outputs).map(([name, output]) => [name, output.value])),
  ]));
}
