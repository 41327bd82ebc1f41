/** The part of an SDK client that this needs; every client has it. */
interface Client {
  middlewareStack: {
    add(middleware: (next: (args: never) => Promise<{ response: unknown }>) => (args: never) => Promise<{ response: unknown }>, options: { step: 'deserialize'; priority: 'low'; name: string }): void;
  };
}

const requestIds = ['x-amzn-requestid', 'x-amz-request-id', 'x-amzn-request-id'];

/**
 * Something between us and AWS answered in its place: a captive portal, a proxy, a broken load balancer. Every answer of AWS
 * carries the id of its request, and without this check a page of HTML would be read as an empty list: nothing pending,
 * nothing missing. It counts as a service that fails, which may be asked again.
 */
export class NotAnAwsAnswer extends Error {
  readonly $fault = 'server';
  readonly $retryable = {};

  constructor(status: number | undefined) {
    super(`something that is not AWS answered${status === undefined ? '' : ` (HTTP ${status})`}`);
    this.name = 'NotAnAwsAnswer';
  }
}

/** Refuses answers that are not AWS's before anything is read from them. */
export function refuseForgeries<Checked extends { middlewareStack: unknown }>(client: Checked): Checked {
  (client as unknown as Client).middlewareStack.add((next) => async (args) => {
    const answer = await next(args);
    const { headers, statusCode } = answer.response as { headers?: Record<string, string>; statusCode?: number };
    const names = new Set(Object.keys(headers ?? {}).map((name) => name.toLowerCase()));
    if (!requestIds.some((name) => names.has(name))) throw new NotAnAwsAnswer(statusCode);
    return answer;
  }, { step: 'deserialize', priority: 'low', name: 'refuseForgeries' });
  return client;
}
