import { isDeepStrictEqual } from 'node:util';
import type { CreatedResource, ResourceContext, ResourceHandler } from '../service.js';
import type { Principal, World } from '../world.js';
import type { ResourceRecord, StackRecord, UnmodelledEntry } from '../services/cloudformation/stack-record.js';
import type { Assembly, AssemblyStack } from './assembly.js';
import { requestCustomResource } from './custom-resource.js';
import type { DeployerOptions, DeploymentProgress, DeploymentResult, KeptResource } from './deployment.js';
import { evaluateCondition, resolve, type Scope } from './intrinsics.js';
import { parameterValues, stackScope } from './scope.js';
import { DeploymentError, deploymentOrder, type TemplateResource } from './template.js';

/** Resource types that CloudFormation or the CDK itself keeps and that make nothing. */
const inert: ResourceHandler = { properties: ['Analytics'], create: async (context) => ({ ref: `${context.stackName}-${context.logicalId}`, attributes: {} }), update: async (_context, _properties, previous) => previous };
const inertTypes = new Set(['AWS::CDK::Metadata', 'AWS::CloudFormation::WaitConditionHandle']);

const isCustom = (type: string): boolean => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';

/** A class because its steps share a dozen values; it lives for one deployment or one deletion of one stack. */
export class StackDeployment {
  private readonly record: StackRecord;
  private readonly scope: Scope;
  private readonly unmodelled: UnmodelledEntry[] = [];
  private readonly knownBefore: UnmodelledEntry[];
  /** CloudFormation works from inside the stack's Region. */
  private readonly principal: Principal;

  constructor(
    private readonly stack: AssemblyStack,
    private readonly assembly: Assembly,
    private readonly handlers: Map<string, ResourceHandler>,
    private readonly options: DeployerOptions,
    private readonly counts: Omit<DeploymentResult, 'outputs' | 'unmodelled'>,
  ) {
    const { world, cloudFormation } = options;
    const previous = cloudFormation.stack(stack.region, stack.stackName);
    this.record = previous ?? newRecord(world, stack);
    this.knownBefore = cloudFormation.unmodelled().filter((entry) => entry.region === stack.region && entry.stackName === stack.stackName);
    this.record.status = previous ? 'UPDATE_IN_PROGRESS' : 'CREATE_IN_PROGRESS';
    this.principal = { arn: options.deployerArn, origin: stack.region };
    this.scope = stackScope(world, cloudFormation, stack, this.record, this.principal);
  }

  async run(): Promise<void> {
    const { record, stack, options } = this;
    this.progress('stack');
    const updating = record.status === 'UPDATE_IN_PROGRESS';
    try {
      record.parameters = await parameterValues(options.world, stack, this.principal);
      record.tags = stack.tags;
      this.checkRules();
      await this.deployResources();
      record.outputs = await this.resolveOutputs();
      record.status = updating ? 'UPDATE_COMPLETE' : 'CREATE_COMPLETE';
      delete record.statusReason;
    } catch (error) {
      record.status = updating ? 'UPDATE_FAILED' : 'CREATE_FAILED';
      record.statusReason = (error as Error).message;
      throw new DeploymentError(`${stack.stackName} (${stack.region}): ${record.statusReason}`, { cause: error });
    } finally {
      if (updating) record.updatedAt = options.world.clock.now();
      options.cloudFormation.putStack(record);
      options.cloudFormation.setUnmodelled(stack.region, stack.stackName, this.unmodelled);
    }
  }

  async destroy(kept: KeptResource[]): Promise<void> {
    const { record, options } = this;
    const { region, stackName } = record;
    this.progress('stack');
    record.status = 'DELETE_IN_PROGRESS';
    for (const [logicalId, { type, created, deletionPolicy }] of Object.entries(record.resources).reverse()) {
      try {
        const gone = await this.removeResource(logicalId);
        if (!gone) kept.push({ stackName, region, type, name: created.ref, why: deletionPolicy?.startsWith('Retain') ? 'its template retains it' : 'the sandbox cannot delete this type of resource' });
      } catch (error) {
        Object.assign(record, { status: 'DELETE_FAILED', statusReason: `${logicalId} (${type}) could not be deleted: ${(error as Error).message}` });
        options.cloudFormation.putStack(record);
        throw new DeploymentError(`${stackName} (${region}): ${record.statusReason}`, { cause: error });
      }
    }
    options.cloudFormation.removeStack(region, stackName);
  }

  private checkRules(): void {
    for (const [name, rule] of Object.entries(this.stack.template.Rules ?? {})) {
      if (rule.RuleCondition !== undefined && !evaluateCondition(rule.RuleCondition, this.scope)) continue;
      for (const assertion of rule.Assertions) {
        if (!evaluateCondition(assertion.Assert, this.scope)) throw new DeploymentError(`rule ${name}: ${assertion.AssertDescription ?? 'its assertion does not hold'}`);
      }
    }
  }

  private async deployResources(): Promise<void> {
    const resources = this.stack.template.Resources ?? {};
    const wanted = new Set<string>();
    for (const logicalId of deploymentOrder(resources)) {
      const resource = resources[logicalId];
      if (!resource || (resource.Condition && !this.scope.condition(resource.Condition))) continue;
      wanted.add(logicalId);
      await this.deployResource(logicalId, resource);
    }
    // Last made, first removed: what others may have needed goes last.
    for (const logicalId of Object.keys(this.record.resources).reverse()) {
      if (!wanted.has(logicalId)) await this.removeResource(logicalId);
    }
  }

  private async deployResource(logicalId: string, resource: TemplateResource): Promise<void> {
    const previous = this.record.resources[logicalId];
    try {
      const properties = await resolve(resource.Properties ?? {}, this.scope) as Record<string, unknown>;
      if (previous && previous.type === resource.Type && isDeepStrictEqual(previous.properties, properties) && this.assetsUnchanged(previous)) {
        this.counts.unchanged += 1;
        // What becomes of it in the end may have changed even so.
        keepDeletionPolicy(previous, resource);
        this.unmodelled.push(...this.knownBefore.filter((entry) => entry.logicalId === logicalId));
        return;
      }
      if (previous && previous.type !== resource.Type) await this.removeResource(logicalId);
      await this.makeResource(logicalId, resource, properties, this.record.resources[logicalId]);
    } catch (error) {
      throw new DeploymentError(`${logicalId} (${resource.Type}) could not be ${previous ? 'updated' : 'created'}: ${(error as Error).message}`, { cause: error });
    }
  }

  private assetsUnchanged(previous: ResourceRecord): boolean {
    return Object.entries(previous.assets).every(([key, path]) => this.assembly.assets.get(key) === path);
  }

  private async makeResource(logicalId: string, resource: TemplateResource, properties: Record<string, unknown>, previous: ResourceRecord | undefined): Promise<void> {
    const assets: Record<string, string> = {};
    for (const policy of ['CreationPolicy', 'UpdatePolicy'] as const) {
      if (resource[policy] !== undefined) this.unmodelled.push({ ...this.place(logicalId, resource.Type), property: policy });
    }
    const handler = this.handlerFor(logicalId, resource.Type, properties);
    const context = this.contextFor(logicalId, resource.Type, assets);
    this.progress(previous ? 'update' : 'create', logicalId, resource.Type);
    let created: CreatedResource;
    if (previous) {
      if (!handler.update) throw new DeploymentError('the sandbox cannot change this type of resource in place; start afresh with `batchctl sandbox reset`');
      created = await handler.update(context, properties as never, previous.created);
      this.counts.updated += 1;
    } else {
      created = await handler.create(context, properties as never);
      this.counts.created += 1;
    }
    const made: ResourceRecord = { type: resource.Type, properties, created, assets, updatedAt: this.options.world.clock.now() };
    keepDeletionPolicy(made, resource);
    this.record.resources[logicalId] = made;
    this.options.world.changed();
  }

  private handlerFor(logicalId: string, type: string, properties: Record<string, unknown>): ResourceHandler {
    if (inertTypes.has(type)) return inert;
    if (isCustom(type)) return this.customHandler(logicalId, type, properties);
    const handler = this.handlers.get(type);
    if (!handler) {
      this.unmodelled.push({ ...this.place(logicalId, type), why: 'the sandbox does not make this type of resource' });
      return inert;
    }
    for (const property of Object.keys(properties)) {
      if (!handler.properties.includes(property)) this.unmodelled.push({ ...this.place(logicalId, type), property });
    }
    return handler;
  }

  private customHandler(logicalId: string, type: string, properties: Record<string, unknown>): ResourceHandler {
    const { world, responses } = this.options;
    const request = { principal: this.principal, region: this.stack.region, stackId: this.record.stackId, logicalId, type, properties };
    return {
      properties: [],
      create: () => requestCustomResource(world, responses, { ...request, requestType: 'Create' }),
      update: async (_context, _properties, previous) => {
        const oldProperties = this.record.resources[logicalId]?.properties ?? {};
        const updated = await requestCustomResource(world, responses, { ...request, requestType: 'Update', physicalId: previous.ref, oldProperties });
        // A new physical id means a replacement: CloudFormation then deletes the old one.
        if (updated.ref !== previous.ref) await requestCustomResource(world, responses, { ...request, properties: oldProperties, requestType: 'Delete', physicalId: previous.ref });
        return updated;
      },
      remove: async (_context, previous) => {
        await requestCustomResource(world, responses, { ...request, requestType: 'Delete', physicalId: previous.ref });
      },
    };
  }

  /** False: it stands, though no stack has it any more. */
  private async removeResource(logicalId: string): Promise<boolean> {
    const previous = this.record.resources[logicalId];
    if (!previous) return true;
    const { type, created, deletionPolicy, properties } = previous;
    const handler = isCustom(type) ? this.customHandler(logicalId, type, properties) : inertTypes.has(type) ? inert : this.handlers.get(type);
    const removable = !deletionPolicy?.startsWith('Retain') && handler?.remove !== undefined;
    if (!removable) {
      this.progress('keep', logicalId, type);
      if (!deletionPolicy?.startsWith('Retain') && handler && handler !== inert) {
        this.unmodelled.push({ ...this.place(logicalId, type), why: 'left the template, but the sandbox cannot delete this type of resource: it still stands' });
      }
    } else {
      this.progress('remove', logicalId, type);
      await handler.remove?.(this.contextFor(logicalId, type, {}), created);
      this.counts.removed += 1;
    }
    delete this.record.resources[logicalId];
    // What was never made does not stand.
    return removable || handler === undefined || handler === inert;
  }

  private contextFor(logicalId: string, type: string, assets: Record<string, string>): ResourceContext {
    return {
      region: this.stack.region,
      account: this.options.world.account,
      stackName: this.stack.stackName,
      logicalId,
      assetPath: (assetKey) => {
        const path = this.assembly.assets.get(assetKey);
        if (path === undefined) throw new DeploymentError(`the assembly has no asset ${assetKey}`);
        assets[assetKey] = path;
        return path;
      },
      unmodelled: (property, why) => { this.unmodelled.push({ ...this.place(logicalId, type), property, ...(why ? { why } : {}) }); },
    };
  }

  private async resolveOutputs(): Promise<StackRecord['outputs']> {
    const outputs: StackRecord['outputs'] = {};
    for (const [name, output] of Object.entries(this.stack.template.Outputs ?? {})) {
      if (output.Condition && !this.scope.condition(output.Condition)) continue;
      const value = await resolve(output.Value, this.scope);
      if (typeof value === 'object' || value === undefined) throw new DeploymentError(`output ${name} is not a text: ${JSON.stringify(value)}`);
      const exportName = output.Export ? String(await resolve(output.Export.Name, this.scope)) : undefined;
      outputs[name] = { value: String(value), ...(output.Description ? { description: output.Description } : {}), ...(exportName ? { exportName } : {}) };
    }
    return outputs;
  }

  private place(logicalId: string, type: string): UnmodelledEntry {
    return { region: this.stack.region, stackName: this.stack.stackName, logicalId, type };
  }

  private progress(action: DeploymentProgress['action'], logicalId?: string, type?: string): void {
    this.options.onProgress?.({ region: this.stack.region, stackName: this.stack.stackName, action, ...(logicalId ? { logicalId } : {}), ...(type ? { type } : {}) });
  }
}

function keepDeletionPolicy(record: ResourceRecord, { DeletionPolicy }: TemplateResource): void {
  if (DeletionPolicy) record.deletionPolicy = DeletionPolicy;
  else delete record.deletionPolicy;
}

function newRecord(world: World, stack: AssemblyStack): StackRecord {
  return {
    stackId: `arn:${world.partition}:cloudformation:${stack.region}:${world.account}:stack/${stack.stackName}/${world.random.uuid()}`,
    stackName: stack.stackName,
    region: stack.region,
    status: 'CREATE_IN_PROGRESS',
    createdAt: world.clock.now(),
    ...(stack.template.Description ? { description: stack.template.Description } : {}),
    parameters: {},
    tags: {},
    outputs: {},
    resources: {},
  };
}
