import * as z from 'zod';
import { schemaVersion } from '../../ui/output.js';
import { line } from './events.js';
import { job, jobs, output, redrive, reference, submit } from './jobs.js';
import { history, move, plan } from './operation.js';
import { demo, doctor, drill, guard } from './rehearsal.js';
import { report } from './report.js';
import { help, init, sandboxDeploy, sandboxDestroy, sandboxEnv, sandboxFault, sandboxReset, sandboxStart, sandboxStatus, sandboxStop } from './set-up.js';
import { assess, status } from './verdict.js';

/** What each command prints with `-o json`, by its words; what it adds to every document is left out here. */
const documents = {
  status, assess, 'plan failover': plan, 'plan failback': plan, failover: move, failback: move, redrive, guard, drill, history, report,
  submit, jobs, job, output, doctor, init, 'reference load': reference, demo,
  'sandbox start': sandboxStart, 'sandbox deploy': sandboxDeploy, 'sandbox destroy': sandboxDestroy, 'sandbox stop': sandboxStop, 'sandbox status': sandboxStatus, 'sandbox env': sandboxEnv, 'sandbox reset': sandboxReset, 'sandbox fault': sandboxFault,
  help,
} as const satisfies Record<string, z.ZodType>;

/** Their answer is a file of another kind, whatever `-o` says. */
export const withoutDocument: readonly string[] = ['sandbox sample', 'completion'];

const error = z.strictObject({
  error: z.strictObject({
    code: z.string().describe('stable'),
    message: z.string(),
    nextSteps: z.array(z.string()),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
});

const version = { schemaVersion: z.literal(schemaVersion) };

/** Strict: what is not written here is not printed. Published schemas are open instead, because fields may be added. */
export const documentSchemas: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ...Object.entries(documents).map(([words, schema]) => [words, versioned(schema)] as const),
  ['error', versioned(error)],
  ['event', line],
]);

function versioned(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodUnion) return z.union(schema.options.map((option) => versioned(option as z.ZodType)));
  if (schema instanceof z.ZodObject) return schema.extend(version);
  throw new TypeError('a document is an object or one of several');
}

/** As JSON Schema, for validators in any language. Members that it does not know are allowed: fields may be added. */
export function publishedSchema(name: string): Record<string, unknown> | undefined {
  const schema = documentSchemas.get(name);
  if (!schema) return undefined;
  return z.toJSONSchema(schema, {
    override: ({ jsonSchema }) => { if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties; },
  });
}
