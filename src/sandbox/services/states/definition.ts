import { AwsError } from '../../service.js';
import { checkState } from './definition-rules.js';
import { isObject, parseJson, type Json, type JsonObject } from './json.js';

/** The part of the Amazon States Language that is run here. Query language: JSONata. Source: states-language.net. */
export interface Block {
  /** Where the block lies in the definition, such as `` (all of it), `Parts` or `Both[1].Parts`. */
  id: string;
  startAt: string;
  states: Record<string, State>;
}

export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  ErrorEquals: string[];
  Next: string;
  Output?: Json;
  Assign?: JsonObject;
}

interface Common {
  Comment?: string;
  Output?: Json;
  Assign?: JsonObject;
  Next?: string;
  End?: boolean;
}

interface Recoverable extends Common {
  Retry?: Retrier[];
  Catch?: Catcher[];
}

export interface TaskState extends Recoverable {
  Type: 'Task';
  Resource: string;
  Arguments?: Json;
  TimeoutSeconds?: number | string;
  HeartbeatSeconds?: number | string;
}
export interface PassState extends Common { Type: 'Pass' }
export interface WaitState extends Common { Type: 'Wait'; Seconds?: number | string; Timestamp?: string }
export interface SucceedState extends Common { Type: 'Succeed' }
export interface FailState { Type: 'Fail'; Comment?: string; Error?: string; Cause?: string }
export interface ChoiceState {
  Type: 'Choice';
  Comment?: string;
  Choices: { Condition: string; Next: string; Output?: Json; Assign?: JsonObject }[];
  Default?: string;
  Output?: Json;
  Assign?: JsonObject;
}
export interface ParallelState extends Recoverable {
  Type: 'Parallel';
  Arguments?: Json;
  branches: Block[];
}
export interface ItemReader {
  Resource: string;
  Arguments?: Json;
  ReaderConfig?: {
    InputType?: 'JSON' | 'JSONL' | 'CSV';
    CSVHeaderLocation?: 'FIRST_ROW' | 'GIVEN';
    CSVHeaders?: string[];
    CSVDelimiter?: 'COMMA' | 'PIPE' | 'SEMICOLON' | 'SPACE' | 'TAB';
    MaxItems?: number | string;
    ItemsPointer?: string;
  };
}
export interface ItemBatcher {
  MaxItemsPerBatch?: number | string;
  MaxInputBytesPerBatch?: number | string;
  BatchInput?: Json;
}
export interface ResultWriter {
  Resource?: string;
  Arguments?: Json;
  WriterConfig?: { OutputType?: 'JSON' | 'JSONL'; Transformation?: 'NONE' | 'COMPACT' | 'FLATTEN' };
}
export interface MapState extends Recoverable {
  Type: 'Map';
  Items?: Json;
  ItemSelector?: Json;
  MaxConcurrency?: number | string;
  Label?: string;
  ItemReader?: ItemReader;
  ItemBatcher?: ItemBatcher;
  ResultWriter?: ResultWriter;
  ToleratedFailureCount?: number | string;
  ToleratedFailurePercentage?: number | string;
  processor: Block;
  mode: 'INLINE' | 'DISTRIBUTED';
  childType: 'STANDARD' | 'EXPRESS';
}
export type State = TaskState | PassState | WaitState | SucceedState | FailState | ChoiceState | ParallelState | MapState;

export interface Definition {
  timeoutSeconds?: number;
  root: Block;
  /** Every block by its id, so that a checkpoint can name the block it stands in. */
  blocks: Map<string, Block>;
}

export interface DefinitionProblem {
  code: string;
  message: string;
  /** Such as `/States/Split/Next`. */
  location: string;
}

/** Reads a definition. Throws InvalidDefinition with every problem found, as CreateStateMachine does. */
export function readDefinition(text: string): Definition {
  const { definition, problems } = inspectDefinition(text);
  if (!definition || problems.length > 0) {
    const list = problems.map((problem) => `${problem.code}: ${problem.message} at ${problem.location || '/'}`).join(', ');
    throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${list}'`);
  }
  return definition;
}

export function inspectDefinition(text: string): { definition?: Definition; problems: DefinitionProblem[] } {
  const document = parseJson(text);
  if (!isObject(document)) return { problems: [{ code: 'INVALID_JSON_DESCRIPTION', message: 'The definition is not a JSON object', location: '' }] };
  const problems: DefinitionProblem[] = [];
  const blocks = new Map<string, Block>();
  const jsonata = document['QueryLanguage'] === 'JSONata';
  const root = readBlock(document, '', '', { problems, blocks, jsonata });
  const timeout = document['TimeoutSeconds'];
  return {
    definition: { root, blocks, ...(typeof timeout === 'number' ? { timeoutSeconds: timeout } : {}) },
    problems,
  };
}

interface Reading {
  problems: DefinitionProblem[];
  blocks: Map<string, Block>;
  jsonata: boolean;
}

function readBlock(source: JsonObject, id: string, location: string, reading: Reading): Block {
  const block: Block = { id, startAt: String(source['StartAt'] ?? ''), states: {} };
  reading.blocks.set(id, block);
  const states = source['States'];
  if (!isObject(states) || Object.keys(states).length === 0) {
    reading.problems.push({ code: 'SCHEMA_VALIDATION_FAILED', message: 'States must name at least one state', location: `${location}/States` });
    return block;
  }
  if (!(block.startAt in states)) {
    reading.problems.push({ code: 'MISSING_TRANSITION_TARGET', message: `StartAt names no state: ${block.startAt}`, location: `${location}/StartAt` });
  }
  for (const [name, state] of Object.entries(states)) {
    const at = `${location}/States/${name}`;
    if (!isObject(state)) {
      reading.problems.push({ code: 'SCHEMA_VALIDATION_FAILED', message: 'A state must be an object', location: at });
      continue;
    }
    reading.problems.push(...checkState(name, state, Object.keys(states), at, reading.jsonata));
    block.states[name] = readState(name, state, id, at, reading);
  }
  return block;
}

function readState(name: string, source: JsonObject, blockId: string, location: string, reading: Reading): State {
  const path = blockId === '' ? name : `${blockId}.${name}`;
  if (source['Type'] === 'Parallel') {
    const branches = Array.isArray(source['Branches']) ? source['Branches'] : [];
    const { Branches: _, ...rest } = source;
    return {
      ...rest,
      branches: branches.map((branch, index) => readBlock(isObject(branch) ? branch : {}, `${path}[${index}]`, `${location}/Branches[${index}]`, reading)),
    } as unknown as ParallelState;
  }
  if (source['Type'] === 'Map') {
    const processor = isObject(source['ItemProcessor']) ? source['ItemProcessor'] : {};
    const configuration = isObject(processor['ProcessorConfig']) ? processor['ProcessorConfig'] : {};
    const { ItemProcessor: _, ...rest } = source;
    return {
      ...rest,
      processor: readBlock(processor, path, `${location}/ItemProcessor`, reading),
      mode: configuration['Mode'] === 'DISTRIBUTED' ? 'DISTRIBUTED' : 'INLINE',
      childType: configuration['ExecutionType'] === 'EXPRESS' ? 'EXPRESS' : 'STANDARD',
    } as unknown as MapState;
  }
  return source as unknown as State;
}
