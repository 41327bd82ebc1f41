export interface HostedZone {
  id: string;
  /** With the final dot. */
  name: string;
  comment?: string;
  nameServers: string[];
  records: DnsRecord[];
}

export interface DnsRecord {
  name: string;
  type: string;
  ttlSeconds: number;
  values: string[];
  alias?: true;
  setIdentifier?: string;
  failover?: 'PRIMARY' | 'SECONDARY';
  weight?: number;
  healthCheckId?: string;
}

export interface HealthCheck {
  id: string;
  type: string;
  routingControlArn?: string;
  /** Of a check that follows an alarm. */
  alarm?: { region: string; name: string };
}

/**
 * Which of the records of one name and type Route 53 answers with. Failover: the primary while it is healthy, else the
 * secondary while that is healthy, else the primary whatever its health. Weighted: healthy ones by weight; when none is
 * healthy, all of them count as healthy. Source: ResourceRecordSet of the API reference (Failover, Weight).
 */
export function answer(records: DnsRecord[], healthy: (healthCheckId: string | undefined) => boolean, below: (bound: number) => number): DnsRecord | undefined {
  const primary = records.find((record) => record.failover === 'PRIMARY');
  const secondary = records.find((record) => record.failover === 'SECONDARY');
  if (primary ?? secondary) {
    if (primary && healthy(primary.healthCheckId)) return primary;
    if (secondary && healthy(secondary.healthCheckId)) return secondary;
    return primary ?? secondary;
  }
  const alive = records.filter((record) => healthy(record.healthCheckId));
  return byWeight(alive.length > 0 ? alive : records, below);
}

function byWeight(records: DnsRecord[], below: (bound: number) => number): DnsRecord | undefined {
  const total = records.reduce((sum, record) => sum + (record.weight ?? 0), 0);
  if (total === 0) return records[0];
  let left = below(total);
  for (const record of records) {
    left -= record.weight ?? 0;
    if (left < 0) return record;
  }
  return records.at(-1);
}
