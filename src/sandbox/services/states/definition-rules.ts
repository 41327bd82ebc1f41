import { expressionProblem, expressionsIn } from './expression-syntax.js';
import { supportedResource } from './resource-names.js';
import { isObject, type Json, type JsonObject } from './json.js';
import type { DefinitionProblem } from './definition.js';

const every = ['Type', 'Comment', 'QueryLanguage'];
const flow = ['Next', 'End', 'Output', 'Assign'];
const recovery = ['Retry', 'Catch'];

/** The fields that each state may have. One that is not listed is refused: silently ignored, it would mislead. */
const fields: Record<string, readonly string[]> = {
  Task: [...every, ...flow, ...recovery, 'Resource', 'Arguments', 'TimeoutSeconds', 'HeartbeatSeconds'],
  Pass: [...every, ...flow],
  Wait: [...every, ...flow, 'Seconds', 'Timestamp'],
  Succeed: [...every, 'Output'],
  Fail: [...every, 'Error', 'Cause'],
  Choice: [...every, 'Choices', 'Default', 'Output', 'Assign'],
  Parallel: [...every, ...flow, ...recovery, 'Branches', 'Arguments'],
  Map: [...every, ...flow, ...recovery, 'ItemProcessor', 'Items', 'ItemSelector', 'MaxConcurrency', 'Label', 'ItemReader',
    'ItemBatcher', 'ResultWriter', 'ToleratedFailureCount', 'ToleratedFailurePercentage'],
};

const jsonPathFields = ['InputPath', 'OutputPath', 'ResultPath', 'ResultSelector', 'Parameters', 'ItemsPath', 'Result',
  'SecondsPath', 'TimestampPath', 'TimeoutSecondsPath', 'HeartbeatSecondsPath', 'ErrorPath', 'CausePath', 'MaxConcurrencyPath',
  'ToleratedFailureCountPath', 'ToleratedFailurePercentagePath'];

/** Every problem of one state, blocks inside it left out. `siblings` are the states that it may go to. */
export function checkState(name: string, state: JsonObject, siblings: readonly string[], location: string, jsonataByDefault: boolean): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const problem = (message: string, at = '', code = 'SCHEMA_VALIDATION_FAILED'): void => {
    problems.push({ code, message, location: `${location}${at}` });
  };
  const type = String(state['Type']);
  const known = fields[type];
  if (!known) return [{ code: 'SCHEMA_VALIDATION_FAILED', message: `Type ${type} is not a state type`, location: `${location}/Type` }];
  if (name.length > 80) problem('A state name has at most 80 characters');
  const language = state['QueryLanguage'] ?? (jsonataByDefault ? 'JSONata' : 'JSONPath');
  if (language !== 'JSONata') problem('JSONPath states are not run by the sandbox: set "QueryLanguage": "JSONata"', '/QueryLanguage');
  for (const field of Object.keys(state)) {
    if (jsonPathFields.includes(field)) problem(`${field} belongs to JSONPath, not to JSONata`, `/${field}`);
    else if (!known.includes(field)) problem(`${field} is not a field of a ${type} state`, `/${field}`);
  }
  checkTransitions(type, state, siblings, problem);
  checkShape(type, state, problem);
  for (const { text, at } of expressionsIn(withoutBlocks(state))) {
    const wrong = expressionProblem(text);
    if (wrong) problem(`Invalid JSONata expression: ${wrong}`, at);
  }
  return problems;
}

type Report = (message: string, at?: string, code?: string) => void;

function checkTransitions(type: string, state: JsonObject, siblings: readonly string[], problem: Report): void {
  const target = (next: Json | undefined, at: string): void => {
    if (typeof next !== 'string' || !siblings.includes(next)) problem(`Missing 'Next' target: ${String(next)}`, at, 'MISSING_TRANSITION_TARGET');
  };
  if (type === 'Choice') {
    for (const [index, choice] of listOf(state['Choices']).entries()) target(choice['Next'], `/Choices[${index}]/Next`);
    if (state['Default'] !== undefined) target(state['Default'], '/Default');
  } else if (type !== 'Succeed' && type !== 'Fail') {
    if ((state['Next'] === undefined) === (state['End'] !== true)) problem('A state has either Next or "End": true', '', 'MISSING_TRANSITION_TARGET');
    if (state['Next'] !== undefined) target(state['Next'], '/Next');
  }
  for (const [index, catcher] of listOf(state['Catch']).entries()) target(catcher['Next'], `/Catch[${index}]/Next`);
}

function checkShape(type: string, state: JsonObject, problem: Report): void {
  for (const list of ['Retry', 'Catch'] as const) {
    for (const [index, entry] of listOf(state[list]).entries()) {
      const names = entry['ErrorEquals'];
      if (!Array.isArray(names) || names.length === 0) problem('ErrorEquals must name at least one error', `/${list}[${index}]`);
      else if (names.includes('States.ALL') && (names.length > 1 || index < listOf(state[list]).length - 1)) problem('States.ALL must stand alone and last', `/${list}[${index}]`);
    }
  }
  if (type === 'Task') {
    const wrong = typeof state['Resource'] === 'string' ? supportedResource(state['Resource']) : 'Resource is missing';
    if (wrong) problem(wrong, '/Resource');
  }
  if (type === 'Choice' && listOf(state['Choices']).length === 0) problem('Choices must not be empty', '/Choices');
  if (type === 'Wait' && (state['Seconds'] === undefined) === (state['Timestamp'] === undefined)) problem('A Wait state has either Seconds or Timestamp');
  if (type === 'Map') checkMap(state, problem);
}

function checkMap(state: JsonObject, problem: Report): void {
  const processor = state['ItemProcessor'];
  if (!isObject(processor)) {
    problem('ItemProcessor is missing', '/ItemProcessor');
    return;
  }
  const configuration = isObject(processor['ProcessorConfig']) ? processor['ProcessorConfig'] : {};
  if (configuration['Mode'] === 'DISTRIBUTED') {
    if (configuration['ExecutionType'] === undefined) problem('A Distributed Map names its ExecutionType', '/ItemProcessor/ProcessorConfig');
    return;
  }
  for (const field of ['ItemReader', 'ItemBatcher', 'ResultWriter', 'Label', 'ToleratedFailureCount', 'ToleratedFailurePercentage']) {
    if (state[field] !== undefined) problem(`${field} needs a Distributed Map`, `/${field}`);
  }
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function withoutBlocks(state: JsonObject): JsonObject {
  const { Branches: _branches, ItemProcessor: _processor, ...rest } = state;
  return rest;
}
