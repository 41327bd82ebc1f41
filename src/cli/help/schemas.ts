import { usage } from '../../errors.js';
import { documentSchemas, publishedSchema } from '../schemas/all.js';

/** The JSON Schema of a document, as text; without words, which ones there are. Throws `USAGE`. */
export function schemaText(words: string[]): string {
  const name = words.join(' ');
  if (name === '') return `JSON Schemas (draft 2020-12) of what is printed with -o json:\n\n${[...documentSchemas.keys()].map((each) => `  batchctl help schema ${each}`).join('\n')}\n\nerror is what any command prints when it fails; event is a line of -o ndjson before the last.\n`;
  const schema = publishedSchema(name);
  if (schema) return JSON.stringify(schema, null, 2);
  throw usage('USAGE', `There is no schema of ${JSON.stringify(name)}.`, ['List them: batchctl help schema']);
}
