import type { OperationEvent } from '../core/operation.js';
import type { OutputStream, Terminal } from './terminal.js';
import type { Theme } from './theme.js';

export type OutputFormat = 'human' | 'json' | 'ndjson';
export const outputFormats: readonly OutputFormat[] = ['human', 'json', 'ndjson'];

/** The version that every JSON document carries. Fields may be added to a document, never renamed or removed. */
export const schemaVersion = 1;

/** What a command says while it works. The level or type picks the stream and the form, never the command. */
export type OutputEvent =
  | OperationEvent
  | { type: 'progress'; at: string; task: string; done: number; total: number | null; unit: 'bytes' | 'rows' | 'jobs' | 'items' }
  | { type: 'progress-finished'; at: string; task: string }
  | { type: 'job'; at: string; jobId: string; key: string; status: string; detail?: string };

export interface Failure {
  code: string;
  message: string;
  nextSteps: string[];
  details?: Record<string, unknown>;
}

export interface Page {
  theme: Theme;
  columns: number;
  now: Date;
}

/** Lines for a person, made from the very document that `-o json` prints. Must make outside text printable itself. */
export type View<Document> = (document: Document, page: Page) => string[];

/** One implementation for people, one for scripts; a command does not know which it has. */
export interface Output {
  readonly format: OutputFormat;
  event(event: OutputEvent): void;
  /** Something to look at before the answer, such as the plan above a question: stderr for people, an event for programs. */
  aside<Document extends object>(type: string, document: Document, view: View<Document>): void;
  /** The command's answer, on stdout. */
  result<Document extends object>(document: Document, view: View<Document>): void;
  failure(failure: Failure): void;
  /** Leaves the terminal clean: no half-drawn progress line. Safe to call twice. */
  close(): void;
}

export interface OutputTargets {
  stdout: OutputStream;
  stderr: OutputStream;
  stdoutTerminal: Terminal;
  stderrTerminal: Terminal;
  now(): Date;
  verbose: boolean;
}
