import type { MetricDatum } from '../../world.js';

interface Directive {
  Namespace?: string;
  Dimensions?: string[][];
  Metrics?: { Name?: string; Unit?: string }[];
}

/**
 * The metrics in a log line of CloudWatch's embedded metric format; none for any other line. The JSON may stand behind a
 * prefix. Source: CloudWatch user guide, "Embedded metric format specification".
 */
export function embeddedMetrics(line: string): MetricDatum[] {
  if (!line.includes('"_aws"')) return [];
  const document = parse(line.slice(line.indexOf('{')));
  const metadata = document?.['_aws'] as { Timestamp?: number; CloudWatchMetrics?: Directive[] } | undefined;
  if (!document || !Array.isArray(metadata?.CloudWatchMetrics)) return [];
  const at = typeof metadata.Timestamp === 'number' ? { at: metadata.Timestamp } : {};
  return metadata.CloudWatchMetrics.flatMap((directive) => metricsOf(document, directive).map((metric) => ({ ...metric, ...at })));
}

function metricsOf(document: Record<string, unknown>, directive: Directive): MetricDatum[] {
  const dimensionSets = directive.Dimensions?.length ? directive.Dimensions : [[]];
  return (directive.Metrics ?? []).flatMap(({ Name = '', Unit = 'None' }) => {
    const recorded = document[Name];
    const values = (Array.isArray(recorded) ? recorded : [recorded]).filter((value): value is number => typeof value === 'number');
    return dimensionSets.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, String(document[name])]));
      return values.map((value) => ({ namespace: directive.Namespace ?? '', name: Name, dimensions, value, unit: Unit }));
    });
  });
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
