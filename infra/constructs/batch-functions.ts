import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { arcEndpointRegions } from '../../src/config/schema.js';
import { BatchFunction } from './batch-function.js';
import { codePath } from './code.js';
import { keyOf, keyStatements } from './encryption.js';
import { FaultExtension } from './fault-extension.js';
import { grantsOf } from './grants.js';
import { type FunctionName, functionNames, namesOf, peerOf } from './names.js';
import { published, publishedNames } from './published.js';
import type { Settings } from './settings.js';

interface Size {
  description: string;
  memoryMegabytes: number;
  timeoutSeconds: number;
}

/**
 * Memory buys CPU in proportion (1,769 MB are one core): what parses or copies bytes gets a core, what makes a few calls
 * gets a small share. Time-outs are several times the expected duration; Step Functions has limits of its own above them.
 */
const sizes: Record<FunctionName, Size> = {
  ingest: { description: 'Accepts a new input: ledger row, claim, start', memoryMegabytes: 512, timeoutSeconds: 60 },
  split: { description: 'Cuts an input into parts at record boundaries', memoryMegabytes: 1769, timeoutSeconds: 900 },
  'process-part': { description: 'Validates and enriches one part', memoryMegabytes: 1769, timeoutSeconds: 600 },
  merge: { description: 'Joins the parts of a job in order', memoryMegabytes: 1769, timeoutSeconds: 900 },
  commit: { description: 'Makes an output the output of its job', memoryMegabytes: 256, timeoutSeconds: 60 },
  notify: { description: 'Tells the result of a job, once', memoryMegabytes: 512, timeoutSeconds: 60 },
  fail: { description: 'Records why a job failed, and alerts', memoryMegabytes: 256, timeoutSeconds: 60 },
  sweep: { description: 'Finds what no event will finish', memoryMegabytes: 512, timeoutSeconds: 55 },
  observe: { description: 'Watches the other Region', memoryMegabytes: 256, timeoutSeconds: 55 },
  // Systems Manager waits 300 s for a function; the engine hands over well before.
  operate: { description: 'Moves the pipeline to this Region, for the runbooks', memoryMegabytes: 1769, timeoutSeconds: 290 },
  canary: { description: 'Runs a synthetic job and says how it went', memoryMegabytes: 256, timeoutSeconds: 58 },
};

/** All functions of one Region. */
export class BatchFunctions extends Construct {
  readonly byName: Record<FunctionName, BatchFunction>;

  constructor(scope: Construct, id: string, settings: Settings, region: string, codeRoot: string, codeVersion: string) {
    super(scope, id);
    const grants = grantsOf(settings, region);
    const common = commonEnvironment(settings, region, codeVersion);
    const own = ownEnvironments(settings, region, Stack.of(this));
    const encryptionKey = keyOf(this, 'Key', settings, region);
    const extension = settings.chaos ? new FaultExtension(this, 'Faults', settings, region) : undefined;
    this.byName = Object.fromEntries(functionNames.map((name) => {
      const breakable = extension?.partsFor(name);
      return [name, new BatchFunction(this, name, {
        functionName: namesOf(settings).function(name),
        ...sizes[name],
        codePath: codePath(codeRoot, name),
        environment: { ...common, ...own[name], ...breakable?.environment },
        statements: [...grants[name], ...keyStatements(settings, grants[name]), ...(breakable?.statements ?? [])],
        encryptionKey,
        ...(breakable ? { layers: [breakable.layer] } : {}),
      })];
    })) as Record<FunctionName, BatchFunction>;
  }
}

/** The names are listed in infra/README.md, "Environment of the functions". */
function commonEnvironment(settings: Settings, region: string, codeVersion: string): Record<string, string> {
  const names = namesOf(settings);
  const peer = peerOf(settings, region);
  return {
    DEPLOYMENT: settings.app,
    CODE_VERSION: codeVersion,
    OTHER_REGION: peer,
    BUCKET: names.bucket(region),
    OTHER_BUCKET: names.bucket(peer),
    LEDGER_TABLE: names.ledgerTable,
    REFERENCE_TABLE: names.referenceTable,
  };
}

function ownEnvironments(settings: Settings, region: string, stack: Stack): Partial<Record<FunctionName, Record<string, string>>> {
  const names = namesOf(settings);
  const stateMachines = { STATE_MACHINE_ARN: names.stateMachineArn(region), OTHER_STATE_MACHINE_ARN: names.stateMachineArn(peerOf(settings, region)) };
  const routing = settings.arc
    ? { ARC_ENDPOINTS: stack.toJsonString(clusterEndpoints(settings)), ROUTING_CONTROL_ARN: published(settings, publishedNames.routingControlArn(region)) }
    : { ARC_ENDPOINTS: '[]', ROUTING_CONTROL_ARN: '' };
  return {
    ingest: { ...stateMachines, ...routing },
    split: { PART_MIN_BYTES: String(settings.partMinBytes), PART_MAX_BYTES: String(settings.partMaxBytes), INLINE_PARTS: String(settings.inlineParts) },
    notify: {
      MRAP_ARN: names.accessPointArn(published(settings, publishedNames.accessPointAlias)),
      ...(settings.notify === 'sns' ? { RESULTS_TOPIC_ARN: names.resultsTopicArn(region) } : { NOTIFY_FROM: settings.notifyFrom, NOTIFY_TO: settings.notifyTo }),
    },
    fail: { TOPIC_ARN: names.alertTopicArn(region) },
    sweep: {
      ...stateMachines, ...routing, NOTIFY_FUNCTION: names.function('notify'), TOPIC_ARN: names.alertTopicArn(region),
      INGEST_FUNCTION: names.function('ingest'), DEAD_LETTER_QUEUE_URL: names.deadLetterQueueUrl(region),
    },
    observe: { ...stateMachines, OTHER_ALARM: names.alarm('impaired') },
    canary: { STATE_MACHINE_ARN: stateMachines.STATE_MACHINE_ARN },
    operate: { TOPIC_ARN: names.alertTopicArn(region) },
  };
}

/** The five endpoints, as the control stack read them from the cluster. */
export function clusterEndpoints(settings: Settings): { region: string; endpoint: string }[] {
  return arcEndpointRegions.map((region) => ({ region, endpoint: published(settings, publishedNames.clusterEndpoint(region)) }));
}
