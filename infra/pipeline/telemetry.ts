import type { Clock } from './clock.js';

export type MetricName =
  | 'FilesAccepted' | 'FilesHeld' | 'JobsStarted' | 'FilesSplit' | 'PartsProcessed' | 'PartsReused' | 'RowsIn' | 'RowsOut' | 'RowsRejected'
  | 'JobsSucceeded' | 'JobsFailed' | 'JobSeconds' | 'CommitRefused' | 'JobsParked' | 'ZombiesStopped'
  | 'NotificationsSent' | 'NotificationsFailed' | 'NotificationsUncertain' | 'SweepFailures' | 'DeadLettersTaken' | 'ProbeFailures' | 'OpenJobs' | 'OldestOpenJobSeconds'
  | 'CanarySucceeded' | 'CanarySeconds' | 'ActiveRegion' | 'OtherRegionFailedPercent' | 'OtherRegionCanaryFailures' | 'OtherRegionAlarm';

export type LogFields = Record<string, unknown>;

/** Structured logs and embedded metrics: one JSON object a line on standard output, where Lambda collects them. */
export interface Telemetry {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  count(metrics: Partial<Record<MetricName, number>>): void;
}

export interface TelemetryOptions {
  /** Namespace of the metrics. */
  deployment: string;
  region: string;
  functionName: string;
  clock: Clock;
  write?: (line: string) => void;
}

/**
 * Metrics have no dimensions: they are read in the Region that publishes them, and an alarm needs one exact series.
 * Format: CloudWatch embedded metric format specification.
 */
export function createTelemetry({ deployment, region, functionName, clock, write = writeLine }: TelemetryOptions): Telemetry {
  const log = (level: 'info' | 'warn' | 'error') => (message: string, fields: LogFields = {}): void => {
    write(JSON.stringify({ level, at: clock.now().toISOString(), deployment, region, function: functionName, message, ...fields }));
  };
  return {
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    count(metrics) {
      const named = Object.entries(metrics);
      if (named.length === 0) return;
      write(JSON.stringify({
        _aws: {
          Timestamp: clock.now().getTime(),
          CloudWatchMetrics: [{ Namespace: deployment, Dimensions: [[]], Metrics: named.map(([Name]) => ({ Name, Unit: unitOf(Name) })) }],
        },
        region,
        function: functionName,
        ...metrics,
      }));
    },
  };
}

function unitOf(name: string): string {
  if (name.endsWith('Seconds')) return 'Seconds';
  return name.endsWith('Percent') ? 'Percent' : 'Count';
}

function writeLine(line: string): void {
  console.log(line);
}

/** What every line about a job says, so that one query finds its whole story. */
export function jobFields(run: { jobId: string; key?: string; epoch?: number | undefined; region?: string | undefined; attempt?: number | undefined }): LogFields {
  return { jobId: run.jobId, key: run.key, epoch: run.epoch, claimRegion: run.region, attempt: run.attempt };
}
