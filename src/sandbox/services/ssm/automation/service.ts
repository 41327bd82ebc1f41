import type { Iam } from '../../../iam/service.js';
import { AwsError, type CallContext, type RequiredPermission, type ResourceHandler, type Service } from '../../../service.js';
import type { World } from '../../../world.js';
import { createRegionGate } from '../../compute/region-gate.js';
import { checkedParameters, imitatedActions, parseDocument, stepsInside, type AutomationDocument } from './document.js';
import { createAutomationEngine, runsAs, stepView } from './engine.js';
import type { StoredDocument, StoredExecution } from './records.js';
import { filled, shown } from './values.js';

interface StartInput {
  DocumentName: string;
  DocumentVersion?: string;
  Parameters?: Record<string, string[]>;
  ClientToken?: string;
  Targets?: unknown;
  TargetLocations?: unknown;
}

export interface AutomationSnapshot {
  documents: StoredDocument[];
  executions: StoredExecution[];
}

export interface Automation {
  operations: Service['operations'];
  permissions(operation: string, input: unknown, call: CallContext): RequiredPermission[] | undefined;
  resources: Record<string, ResourceHandler>;
  snapshot(): AutomationSnapshot;
  restore(state: AutomationSnapshot): void;
  start(): void;
  stop(): void;
  inspect(): Record<string, unknown>;
}

/**
 * Systems Manager Automation, per Region: documents of schema 0.3 in JSON, executions that run as the document's role (or
 * their starter), approvals, tokens, and the actions of `imitatedActions`. Not imitated: every other action, YAML, targets
 * and rate control, other Regions and accounts, versions by name, nested loops, `for each` loops, interactive mode.
 * Sources: Systems Manager user guide (Automation) and API reference.
 */
export function createAutomation(world: World): Automation {
  const documents = new Map<string, StoredDocument>();
  const executions = new Map<string, StoredExecution>();
  const gate = createRegionGate(world.faults);
  const engine = createAutomationEngine({
    world, gate,
    documentOf: ({ region, documentName, documentVersion }) => contentOf(region, documentName, documentVersion),
  });

  function contentOf(region: string, name: string, version?: number): AutomationDocument {
    const document = documents.get(`${region}\n${nameOf(name)}`);
    const found = version === undefined ? document?.versions.at(-1) : document?.versions[version - 1];
    if (!found) throw new AwsError('AutomationDefinitionNotFoundException', `No document named ${name} is in ${region}.`);
    return parseDocument(found.content);
  }

  function start(input: StartInput, call: CallContext): { AutomationExecutionId: string } {
    if (input.Targets !== undefined || input.TargetLocations !== undefined) throw new AwsError('InvalidTarget', 'The sandbox does not imitate targets.');
    const again = repeated(input, call.region);
    if (again) return { AutomationExecutionId: again.id };
    const { region } = call;
    const documentName = nameOf(input.DocumentName);
    const documentVersion = documents.get(`${region}\n${documentName}`)?.versions.length ?? 0;
    const document = contentOf(region, documentName);
    const given = input.Parameters ?? {};
    const parameters = checkedParameters(document, given);
    const principalArn = runsAs(world, document, parameters, call.principal.arn);
    if (principalArn === undefined) throw new AwsError('InvalidAutomationExecutionParametersException', 'The defined assume role is unable to be assumed.');
    const execution: StoredExecution = {
      id: world.random.uuid(), region, documentName, documentVersion, parameters, given, principalArn,
      executedBy: (world.service('iam') as Iam).callerArn(call.principal), status: 'InProgress', startedAt: world.clock.now(),
      steps: [], outputs: {}, decisions: [], ...(input.ClientToken ? { clientToken: input.ClientToken.toLowerCase() } : {}),
    };
    executions.set(execution.id, execution);
    world.changed();
    void engine.run(execution);
    return { AutomationExecutionId: execution.id };
  }

  /** A token names one execution for good: the same request again gets the same one. */
  function repeated(input: StartInput, region: string): StoredExecution | undefined {
    if (!input.ClientToken) return undefined;
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(input.ClientToken)) throw new AwsError('ValidationException', 'clientToken must be a UUID.');
    const found = [...executions.values()].find((each) => each.region === region && each.clientToken === input.ClientToken?.toLowerCase());
    if (!found) return undefined;
    if (found.documentName === nameOf(input.DocumentName) && JSON.stringify(found.given) === JSON.stringify(input.Parameters ?? {})) return found;
    throw new AwsError('IdempotentParameterMismatch', 'The token was used for another request.');
  }

  function named(region: string, id: string): StoredExecution {
    const execution = executions.get(id);
    if (execution?.region === region) return execution;
    throw new AwsError('AutomationExecutionNotFoundException', `There is no automation execution ${id}.`);
  }

  const operations: Service['operations'] = {
    StartAutomationExecution: async (input: StartInput, call) => start(input, call),
    GetAutomationExecution: async (input: { AutomationExecutionId: string }, call) => ({ AutomationExecution: { ...summaryView(named(call.region, input.AutomationExecutionId)), ...detailView(named(call.region, input.AutomationExecutionId)) } }),
    DescribeAutomationExecutions: async (input: { Filters?: { Key: string; Values: string[] }[]; MaxResults?: number; NextToken?: string }, call) => {
      const all = [...executions.values()].filter((each) => each.region === call.region && (input.Filters ?? []).every((filter) => passes(each, filter))).sort((a, b) => b.startedAt - a.startedAt);
      const from = Number(input.NextToken ?? 0);
      const page = all.slice(from, from + (input.MaxResults ?? 50));
      return { AutomationExecutionMetadataList: page.map((each) => summaryView(each)), ...(from + page.length < all.length ? { NextToken: String(from + page.length) } : {}) };
    },
    DescribeAutomationStepExecutions: async (input: { AutomationExecutionId: string }, call) => ({ StepExecutions: named(call.region, input.AutomationExecutionId).steps.map(stepView) }),
    SendAutomationSignal: async (input: { AutomationExecutionId: string; SignalType: string; Payload?: Record<string, string[]> }, call) => {
      const execution = named(call.region, input.AutomationExecutionId);
      if (input.SignalType !== 'Approve' && input.SignalType !== 'Reject') throw new AwsError('InvalidAutomationSignalException', `The sandbox does not imitate the signal ${input.SignalType}.`);
      if (execution.status !== 'Waiting') throw new AwsError('InvalidAutomationSignalException', 'The execution does not wait for an approval.');
      const by = call.principal.arn;
      const approvers = approversOf(execution);
      if (!approvers.includes(by) && !approvers.includes(by.split('/').at(-1) ?? '')) throw new AwsError('InvalidAutomationSignalException', `${by} is not one of the approvers (${approvers.join(', ')}).`);
      execution.decisions.push({ by, approve: input.SignalType === 'Approve', comment: input.Payload?.['Comment']?.[0] ?? '' });
      world.changed();
      engine.wake(execution.id);
      return {};
    },
    StopAutomationExecution: async (input: { AutomationExecutionId: string }, call) => {
      const execution = named(call.region, input.AutomationExecutionId);
      if (execution.endedAt === undefined) {
        for (const step of execution.steps) if (step.endedAt === undefined) Object.assign(step, { status: 'Cancelled', endedAt: world.clock.now() });
        Object.assign(execution, { status: 'Cancelled', endedAt: world.clock.now(), failure: 'The execution was stopped.' });
        delete execution.at;
        world.changed();
        engine.wake(execution.id);
      }
      return {};
    },
    CreateDocument: async (input: { Name: string; Content: string; DocumentType?: string; DocumentFormat?: string }, call) => {
      const key = `${call.region}\n${input.Name}`;
      if (documents.has(key)) throw new AwsError('DocumentAlreadyExists', `There is a document named ${input.Name} already.`);
      if (input.DocumentType !== 'Automation') throw new AwsError('InvalidDocumentSchemaVersion', 'The sandbox keeps Automation documents only.');
      parseDocument(input.Content);
      documents.set(key, { region: call.region, name: input.Name, versions: [{ content: input.Content, at: world.clock.now() }] });
      world.changed();
      return { DocumentDescription: { Name: input.Name, DocumentVersion: '1', Status: 'Active', DocumentType: 'Automation', DocumentFormat: 'JSON' } };
    },
    GetDocument: async (input: { Name: string }, call) => {
      const document = documents.get(`${call.region}\n${nameOf(input.Name)}`);
      if (!document) throw new AwsError('InvalidDocument', `There is no document ${input.Name}.`);
      return { Name: document.name, DocumentVersion: String(document.versions.length), Status: 'Active', DocumentType: 'Automation', DocumentFormat: 'JSON', Content: JSON.stringify(document.versions.at(-1)?.content) };
    },
  };

  function approversOf(execution: StoredExecution): string[] {
    const step = contentOf(execution.region, execution.documentName, execution.documentVersion).mainSteps.find((each) => each.name === execution.at);
    return filled(step?.inputs?.['Approvers'] ?? [], (name) => execution.parameters[name]) as string[];
  }

  function permissions(operation: string, input: unknown, call: CallContext): RequiredPermission[] | undefined {
    if (!operations[operation]) return undefined;
    const { DocumentName, AutomationExecutionId, Name, DocumentVersion, Parameters } = input as Partial<StartInput> & { AutomationExecutionId?: string; Name?: string };
    const arn = (kind: string): string => `arn:${world.partition}:ssm:${call.region}:${world.account}:${kind}`;
    const action = `ssm:${operation}`;
    if (Name !== undefined) return [{ action, resource: arn(`document/${nameOf(Name)}`) }];
    if (AutomationExecutionId !== undefined) return [{ action, resource: arn(`automation-execution/${AutomationExecutionId}`) }];
    if (DocumentName === undefined) return [{ action, resource: '*' }];
    const start = { action, resource: arn(`automation-definition/${nameOf(DocumentName)}:${DocumentVersion ?? '$DEFAULT'}`) };
    return [start, ...passedRole(call.region, DocumentName, Parameters ?? {})];
  }

  /** Whoever starts a runbook hands its role over. */
  function passedRole(region: string, documentName: string, given: Record<string, string[]>): RequiredPermission[] {
    const document = documents.get(`${region}\n${nameOf(documentName)}`);
    if (!document) return [];
    const { assumeRole, parameters = {} } = parseDocument(document.versions.at(-1)?.content);
    if (!assumeRole) return [];
    const role = String(filled(assumeRole, (name) => given[name]?.[0] ?? parameters[name]?.default ?? ''));
    return role === '' ? [] : [{ action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': 'ssm.amazonaws.com' } }];
  }

  return {
    operations,
    permissions,
    resources: { 'AWS::SSM::Document': documentHandler(world, documents) },
    snapshot: () => structuredClone({ documents: [...documents.values()], executions: [...executions.values()] }),
    restore(state) {
      documents.clear();
      executions.clear();
      for (const document of structuredClone(state.documents)) documents.set(`${document.region}\n${document.name}`, document);
      for (const execution of structuredClone(state.executions)) executions.set(execution.id, execution);
    },
    start() {
      for (const execution of executions.values()) if (execution.endedAt === undefined) void engine.run(execution);
    },
    stop() {
      engine.stop();
      gate.close();
    },
    inspect: () => ({
      documents: [...documents.values()].map(({ region, name }) => `${region} ${name}`),
      automations: [...executions.values()].map(({ id, region, documentName, status, at, failure }) => ({ id, region, documentName, status, ...(at === undefined ? {} : { at }), ...(failure === undefined ? {} : { failure }) })),
    }),
  };
}

function nameOf(nameOrArn: string): string {
  return nameOrArn.split('/').at(-1) ?? nameOrArn;
}

function passes(execution: StoredExecution, { Key, Values }: { Key: string; Values: string[] }): boolean {
  switch (Key) {
    case 'ExecutionStatus': return Values.includes(execution.status);
    case 'DocumentNamePrefix': return Values.some((prefix) => execution.documentName.startsWith(prefix));
    case 'ExecutionId': return Values.includes(execution.id);
    default: throw new AwsError('InvalidFilterKey', `The sandbox does not imitate the filter ${Key}.`);
  }
}

function summaryView(execution: StoredExecution): Record<string, unknown> {
  const current = execution.steps.findLast((step) => step.endedAt === undefined);
  return {
    AutomationExecutionId: execution.id, DocumentName: execution.documentName, DocumentVersion: String(execution.documentVersion),
    AutomationExecutionStatus: execution.status, ExecutionStartTime: new Date(execution.startedAt), ExecutedBy: execution.executedBy, Mode: 'Auto',
    Outputs: Object.fromEntries(Object.entries(execution.outputs).map(([name, value]) => [name, shown(value)])),
    ...(execution.endedAt === undefined ? {} : { ExecutionEndTime: new Date(execution.endedAt) }),
    ...(execution.failure === undefined ? {} : { FailureMessage: execution.failure }),
    ...(current ? { CurrentStepName: current.name, CurrentAction: current.action } : {}),
  };
}

function detailView(execution: StoredExecution): Record<string, unknown> {
  return { Parameters: execution.given, StepExecutions: execution.steps.map(stepView), StepExecutionsTruncated: false };
}

interface DocumentProperties {
  Name?: string;
  Content: unknown;
  DocumentType?: string;
  DocumentFormat?: string;
  UpdateMethod?: 'Replace' | 'NewVersion';
}

function documentHandler(world: World, documents: Map<string, StoredDocument>): ResourceHandler {
  const put = (context: Parameters<ResourceHandler['create']>[0], properties: DocumentProperties, name: string): { ref: string; attributes: Record<string, unknown> } => {
    if (properties.DocumentType !== 'Automation') context.unmodelled('DocumentType', 'only Automation documents can be run');
    const document = properties.DocumentType === 'Automation' ? parseDocument(properties.Content) : undefined;
    for (const step of document ? [...document.mainSteps, ...document.mainSteps.flatMap(stepsInside)] : []) {
      if (!imitatedActions.has(step.action)) context.unmodelled(`Content.mainSteps.${step.name}`, `${step.action} fails when it is run`);
    }
    const key = `${context.region}\n${name}`;
    const stored = documents.get(key) ?? { region: context.region, name, versions: [] };
    stored.versions.push({ content: properties.Content, at: world.clock.now() });
    documents.set(key, stored);
    world.changed();
    return { ref: name, attributes: {} };
  };
  return {
    properties: ['Name', 'Content', 'DocumentType', 'DocumentFormat', 'UpdateMethod', 'Tags'],
    create: async (context, given) => {
      const properties: DocumentProperties = given;
      return put(context, properties, properties.Name ?? `${context.stackName}-${context.logicalId}`);
    },
    update: async (context, given, previous) => put(context, given, previous.ref),
    remove: async (context, previous) => {
      documents.delete(`${context.region}\n${previous.ref}`);
      world.changed();
    },
  };
}
