interface Bucket {
  capacity: number;
  refillPerSecond: number;
}

export const throttledOperations = ['StartExecution', 'RedriveExecution', 'StopExecution', 'ListExecutions', 'DescribeExecution',
  'DescribeMapRun', 'ListMapRuns', 'GetExecutionHistory', 'DescribeStateMachine', 'ListStateMachines'] as const;
type Quotas = Record<(typeof throttledOperations)[number] | 'StateTransition', Bucket>;

const bucket = (capacity: number, refillPerSecond: number): Bucket => ({ capacity, refillPerSecond });

/** Per account and Region. Source: Step Functions developer guide, "Service quotas". */
const large: Quotas = {
  StartExecution: bucket(1_300, 300),
  RedriveExecution: bucket(1_300, 300),
  StopExecution: bucket(1_000, 200),
  ListExecutions: bucket(200, 5),
  DescribeExecution: bucket(300, 15),
  DescribeMapRun: bucket(200, 1),
  ListMapRuns: bucket(100, 1),
  GetExecutionHistory: bucket(400, 20),
  DescribeStateMachine: bucket(200, 20),
  ListStateMachines: bucket(100, 5),
  StateTransition: bucket(5_000, 5_000),
};

const others: Quotas = {
  ...large,
  StartExecution: bucket(800, 150),
  RedriveExecution: bucket(800, 150),
  StopExecution: bucket(500, 25),
  ListExecutions: bucket(100, 2),
  DescribeExecution: bucket(250, 10),
  StateTransition: bucket(800, 800),
};

const largeRegions = new Set(['us-east-1', 'us-west-2', 'eu-west-1']);

export function quotasOf(region: string): Quotas {
  return largeRegions.has(region) ? large : others;
}
