import { assembleWorld, type RunningWorld, type WorldOptions } from './assemble-world.js';
import type { Service } from './service.js';
import { createArcCluster, type ArcClusterOptions } from './services/arc-cluster/service.js';
import { createArcConfig } from './services/arc-config/service.js';
import { createCloudFormation } from './services/cloudformation/service.js';
import { createCloudWatch, type CloudWatchOptions } from './services/cloudwatch/service.js';
import { createDynamoDb } from './services/dynamodb/service.js';
import { createEvents, type EventsOptions } from './services/events/service.js';
import type { FunctionRuntime } from './services/lambda/runtime.js';
import { createKms } from './services/kms/service.js';
import { createLambda, type LambdaOptions } from './services/lambda/service.js';
import { createLogs } from './services/logs/service.js';
import { createRoute53 } from './services/route53/service.js';
import { createS3Control, type S3ControlOptions } from './services/s3-control/service.js';
import { createS3, type S3Options } from './services/s3/service.js';
import { createScheduler } from './services/scheduler/service.js';
import { createSes } from './services/ses/service.js';
import { createSns } from './services/sns/service.js';
import { createSqs } from './services/sqs/service.js';
import { createSsm } from './services/ssm/service.js';
import { createStates } from './services/states/service.js';
import { createSts } from './services/sts/service.js';
import type { World } from './world.js';

/** How services behave where AWS leaves room, such as lags and duplicates; each service has defaults of its own. */
export interface WorldTuning {
  arcCluster?: ArcClusterOptions;
  cloudWatch?: CloudWatchOptions;
  dynamoDb?: Parameters<typeof createDynamoDb>[1];
  events?: EventsOptions;
  lambda?: LambdaOptions;
  s3?: S3Options;
  s3Control?: S3ControlOptions;
}

export interface CreateWorldOptions extends WorldOptions {
  /** What runs the functions' code. */
  runtime: FunctionRuntime;
  tuning?: WorldTuning;
}

/**
 * The whole sandbox world, with every service. Call `restore` (if there is something) and then `start`; `handle` and
 * `call` are its two doors. Stopping it leaves the runtime to its owner.
 */
export function createWorld(options: CreateWorldOptions): RunningWorld {
  const { runtime, tuning = {}, ...parts } = options;
  return assembleWorld(parts, (world) => allServices(world, runtime, tuning));
}

/** Those that others rest on come first: they start first and stop last. */
function allServices(world: World, runtime: FunctionRuntime, tuning: WorldTuning): Service[] {
  return [
    createSts(world),
    createKms(world),
    createLogs(world),
    createCloudWatch(world, tuning.cloudWatch),
    createSsm(world),
    createDynamoDb(world, tuning.dynamoDb),
    createS3Control(world, tuning.s3Control),
    createS3(world, tuning.s3),
    createArcConfig(world),
    createArcCluster(world, tuning.arcCluster),
    createRoute53(world),
    createSes(world),
    createSqs(world),
    createSns(world),
    createLambda(world, runtime, tuning.lambda),
    createStates(world),
    createEvents(world, tuning.events),
    createScheduler(world),
    createCloudFormation(world),
  ];
}
