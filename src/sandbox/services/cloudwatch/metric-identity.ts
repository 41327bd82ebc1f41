export interface MetricIdentity {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
}

export interface DimensionInput {
  Name: string;
  Value: string;
}

/** A metric is its namespace, its name and the exact set of its dimensions. */
export function seriesKey({ namespace, name, dimensions }: MetricIdentity): string {
  const pairs = Object.keys(dimensions).sort().map((dimension) => `${dimension}\u0001${dimensions[dimension]}`);
  return [namespace, name, ...pairs].join('\u0000');
}

export function dimensionsFrom(inputs: DimensionInput[] | undefined): Record<string, string> {
  return Object.fromEntries((inputs ?? []).map(({ Name, Value }) => [Name, Value]));
}

export function dimensionsTo(dimensions: Record<string, string>): DimensionInput[] {
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
}
