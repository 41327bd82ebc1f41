import { AwsError } from '../../../service.js';

/** A runbook: an SSM document of type Automation, schema 0.3. Source: Systems Manager user guide, "Automation runbooks". */
export interface AutomationDocument {
  schemaVersion: string;
  description?: string;
  assumeRole?: string;
  parameters?: Record<string, ParameterDeclaration>;
  mainSteps: DocumentStep[];
  outputs?: string[];
}

export interface ParameterDeclaration {
  type: 'String' | 'StringList' | 'Boolean' | 'Integer' | 'MapList' | 'StringMap';
  description?: string;
  default?: unknown;
  allowedValues?: unknown[];
  allowedPattern?: string;
  minItems?: number;
  maxItems?: number;
}

export interface DocumentStep {
  name: string;
  action: string;
  inputs?: Record<string, unknown>;
  outputs?: { Name: string; Selector: string; Type: string }[];
  timeoutSeconds?: number;
  maxAttempts?: number;
  /** `Abort`, `Continue` or `step:name`. */
  onFailure?: string;
  isCritical?: boolean;
  isEnd?: boolean;
  nextStep?: string;
}

/** What this simulator runs; a step with any other action fails and says so. */
export const imitatedActions: ReadonlySet<string> = new Set(['aws:invokeLambdaFunction', 'aws:branch', 'aws:approve', 'aws:sleep', 'aws:loop']);

/** Errors: InvalidDocumentContent, for what Systems Manager refuses when a document is made. */
export function parseDocument(content: unknown): AutomationDocument {
  const document = (typeof content === 'string' ? parseJson(content) : content) as AutomationDocument;
  const refuse = (why: string): never => { throw new AwsError('InvalidDocumentContent', why); };
  if (document.schemaVersion !== '0.3') refuse(`Automation documents have schemaVersion 0.3, not ${String(document.schemaVersion)}.`);
  if (!Array.isArray(document.mainSteps) || document.mainSteps.length === 0) refuse('mainSteps must have at least one step.');
  const names = new Set<string>();
  for (const step of [...document.mainSteps, ...document.mainSteps.flatMap(stepsInside)]) {
    if (!/^[a-zA-Z0-9_]+$/.test(step.name)) refuse(`${JSON.stringify(step.name)} is not a step name: letters, digits and _ only.`);
    if (names.has(step.name)) refuse(`Two steps are named ${step.name}.`);
    names.add(step.name);
  }
  const known = new Set(document.mainSteps.map((step) => step.name));
  for (const step of document.mainSteps) {
    for (const target of nextSteps(step)) if (!known.has(target)) refuse(`Step ${step.name} leads to ${target}, which does not exist.`);
  }
  return document;
}

/** The steps of a loop. */
export function stepsInside(step: DocumentStep): DocumentStep[] {
  return step.action === 'aws:loop' ? (step.inputs?.['Steps'] as DocumentStep[] | undefined) ?? [] : [];
}

function nextSteps(step: DocumentStep): string[] {
  const choices = step.action === 'aws:branch' ? (step.inputs?.['Choices'] as { NextStep: string }[] | undefined) ?? [] : [];
  const fallback = step.action === 'aws:branch' ? step.inputs?.['Default'] : undefined;
  return [
    ...choices.map((choice) => choice.NextStep),
    ...(typeof fallback === 'string' ? [fallback] : []),
    ...(step.nextStep === undefined ? [] : [step.nextStep]),
    ...(step.onFailure?.startsWith('step:') ? [step.onFailure.slice('step:'.length)] : []),
  ];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError('InvalidDocumentContent', 'The document is not JSON (the sandbox reads no YAML).');
  }
}

/** What an execution was started with, defaults filled in. Errors: InvalidAutomationExecutionParametersException. */
export function checkedParameters(document: AutomationDocument, given: Record<string, string[]>): Record<string, unknown> {
  const refuse = (why: string): never => { throw new AwsError('InvalidAutomationExecutionParametersException', why); };
  const declared = document.parameters ?? {};
  for (const name of Object.keys(given)) if (!declared[name]) refuse(`Parameter ${name} is not defined in the document.`);
  return Object.fromEntries(Object.entries(declared).map(([name, declaration]) => {
    const values = given[name];
    if (values === undefined) {
      if (declaration.default === undefined) refuse(`Parameter ${name} is required.`);
      return [name, declaration.default];
    }
    for (const value of values) {
      if (declaration.allowedValues && !declaration.allowedValues.map(String).includes(value)) refuse(`Parameter ${name} must be one of ${declaration.allowedValues.join(', ')}, not ${value}.`);
      if (declaration.allowedPattern && !new RegExp(declaration.allowedPattern).test(value)) refuse(`Parameter ${name} does not match ${declaration.allowedPattern}.`);
    }
    switch (declaration.type) {
      case 'StringList': return [name, values];
      case 'Boolean': return [name, values[0] === 'true'];
      case 'Integer': return [name, Number(values[0])];
      case 'StringMap': return [name, parseJson(values[0] ?? '{}')];
      case 'MapList': return [name, values.map(parseJson)];
      case 'String': return [name, values[0] ?? ''];
    }
  }));
}
