/** How a rule's target wants its input. */
export interface TargetInput {
  Input?: string;
  InputPath?: string;
  InputTransformer?: { InputPathsMap?: Record<string, string>; InputTemplate: string };
}

/** The JSON text that a target receives. Source: EventBridge user guide, "Input transformation". */
export function targetInput(target: TargetInput, event: Record<string, unknown>, rule: { arn: string; name: string }, now: Date): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(valueAt(event, target.InputPath) ?? null);
  if (!target.InputTransformer) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = target.InputTransformer;
  const known: Record<string, unknown> = {
    'aws.events.rule-arn': rule.arn,
    'aws.events.rule-name': rule.name,
    'aws.events.event.ingestion-time': now.toISOString(),
    'aws.events.event': event,
    'aws.events.event.json': event,
  };
  for (const [name, path] of Object.entries(InputPathsMap)) known[name] = valueAt(event, path);
  return filled(InputTemplate, known);
}

/** Inside quotes a value is text; outside it is JSON. A variable that the event lacks becomes empty or null. */
function filled(template: string, known: Record<string, unknown>): string {
  let quoted = false;
  return template.replaceAll(/\\.|"|<([A-Za-z0-9_.-]+)>/g, (whole, name: string | undefined) => {
    if (whole === '"') quoted = !quoted;
    if (name === undefined) return whole;
    const value = known[name];
    if (!quoted) return JSON.stringify(value ?? null);
    return JSON.stringify(typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)).slice(1, -1);
  });
}

/** `$.detail.object.key`, `$.resources[0]`. */
function valueAt(event: unknown, path: string): unknown {
  const steps = path.replace(/^\$\.?/, '').split(/\.|\[(\d+)\]/).filter((step) => step !== undefined && step !== '');
  return steps.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], event);
}
