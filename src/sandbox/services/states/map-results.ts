import { AwsError } from '../../service.js';
import { NoAnswer } from '../../world.js';
import { StateFailure } from './failures.js';
import { acrossOutages, type Place } from './place.js';
import { isObject, parseJson, type Json, type JsonObject } from './json.js';
import type { ResultWriter } from './definition.js';
import type { Execution, MapRun } from './records.js';

type WriterConfig = NonNullable<ResultWriter['WriterConfig']>;

/**
 * Writes the results of a Map Run to S3: one file of successes, one of failures, and a manifest that lists them. Without
 * a bucket the results stay in the state's output, in the form that WriterConfig asks for.
 * Source: Step Functions developer guide, "ResultWriter".
 */
export async function writeResults(place: Place, mapRun: MapRun, children: Execution[], parameters: Json, configuration: WriterConfig): Promise<Json> {
  const bucket = isObject(parameters) ? parameters['Bucket'] : undefined;
  const succeeded = children.filter((child) => child.status === 'SUCCEEDED');
  if (typeof bucket !== 'string') return transformed(succeeded, configuration.Transformation ?? 'COMPACT');
  const prefix = isObject(parameters) && typeof parameters['Prefix'] === 'string' ? `${parameters['Prefix']}/` : '';
  const folder = `${prefix}${mapRun.arn.split(':').at(-1) ?? ''}`;
  const files: JsonObject = { FAILED: [], PENDING: [], SUCCEEDED: [] };
  const groups: [string, Execution[]][] = [['SUCCEEDED', succeeded], ['FAILED', children.filter((child) => child.status !== 'SUCCEEDED')]];
  for (const [name, members] of groups) {
    if (members.length === 0) continue;
    const values = transformed(members, configuration.Transformation ?? 'NONE');
    const text = configuration.OutputType === 'JSONL' ? values.map((value) => JSON.stringify(value)).join('\n') : JSON.stringify(values);
    const key = `${folder}/${name}_0.${configuration.OutputType === 'JSONL' ? 'jsonl' : 'json'}`;
    await acrossOutages(place, () => put(place, bucket, key, text));
    files[name] = [{ Key: key, Size: Buffer.byteLength(text) }];
    if (name === 'SUCCEEDED') mapRun.resultsWritten = members.length;
  }
  const manifest = `${folder}/manifest.json`;
  const listing = JSON.stringify({ DestinationBucket: bucket, MapRunArn: mapRun.arn, ResultFiles: files });
  await acrossOutages(place, () => put(place, bucket, manifest, listing));
  return { MapRunArn: mapRun.arn, ResultWriterDetails: { Bucket: bucket, Key: manifest } };
}

function transformed(children: Execution[], transformation: NonNullable<WriterConfig['Transformation']>): Json[] {
  if (transformation === 'NONE') return children.map(wholeResult);
  const outputs = children.map((child) => parseJson(child.output ?? 'null') ?? null);
  return transformation === 'FLATTEN' ? outputs.flat() : outputs;
}

function wholeResult(child: Execution): Json {
  const time = (at: number | undefined): string => new Date(at ?? 0).toISOString();
  return {
    ExecutionArn: child.arn,
    Input: child.input,
    InputDetails: { Included: true },
    Name: child.name,
    ...(child.status === 'SUCCEEDED'
      ? { Output: child.output ?? '', OutputDetails: { Included: true } }
      : { Error: child.error ?? '', Cause: child.cause ?? '' }),
    RedriveCount: child.redriveCount,
    StartDate: time(child.startedAt),
    StateMachineArn: child.stateMachineArn,
    Status: child.status,
    StopDate: time(child.stoppedAt),
  };
}

async function put(place: Place, bucket: string, key: string, text: string): Promise<void> {
  const { region, roleArn } = place.execution;
  try {
    await place.engine.world.call('s3', 'PutObject', { Bucket: bucket, Key: key, Body: body(text), ContentType: 'application/json' }, { region, principal: { arn: roleArn, origin: region } });
  } catch (problem) {
    if (problem instanceof AwsError) throw new StateFailure('States.ResultWriterFailed', `${problem.code}: ${problem.message}`);
    if (problem instanceof NoAnswer) throw new StateFailure('States.ResultWriterFailed', problem.message);
    throw problem;
  }
}

async function* body(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
