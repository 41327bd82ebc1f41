import { createHumanOutput } from './human-output.js';
import { createJsonOutput, createNdjsonOutput } from './json-output.js';
import type { Output, OutputFormat, OutputTargets } from './output.js';

export function createOutput(format: OutputFormat, targets: OutputTargets): Output {
  switch (format) {
    case 'human': return createHumanOutput(targets);
    case 'json': return createJsonOutput(targets);
    case 'ndjson': return createNdjsonOutput(targets);
  }
}
