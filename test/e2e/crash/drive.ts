import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Ended, Operator } from '../operator.js';
import { repository } from '../operator.js';

/** A line of `-o ndjson`, as far as the tests look at it. */
export interface StreamEvent {
  type: string;
  step?: string;
  operationId?: string;
  outcome?: string;
  [member: string]: unknown;
}

export interface Driven extends Ended {
  events: StreamEvent[];
  /** Set when a signal ended the process; its exit code is -1 then. */
  signal: NodeJS.Signals | null;
}

export interface DriveOptions {
  /** Where this run's machine keeps its state; another folder is another machine as far as journals go. */
  stateHome?: string;
  /** Added to the environment. */
  env?: Record<string, string>;
  onEvent?(event: StreamEvent, send: (signal: NodeJS.Signals) => void): void;
}

/** Runs a command and follows its events as they happen, so that a test can strike at a chosen one. */
export function drive(operator: Operator, words: string[], options: DriveOptions = {}): Promise<Driven> {
  const { home } = operator;
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_CONFIG_HOME: path.join(home, 'config'), XDG_STATE_HOME: options.stateHome ?? path.join(home, 'state'), ...options.env };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(repository, 'bin/batchctl.js'), ...words, '-o', 'ndjson'], { cwd: path.join(home, 'work'), env, stdio: ['ignore', 'pipe', 'pipe'] });
    const events: StreamEvent[] = [];
    let [stdout, stderr, rest] = ['', '', ''];
    child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString('utf8'); });
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const event = JSON.parse(line) as StreamEvent;
        events.push(event);
        options.onEvent?.(event, (signal) => { child.kill(signal); });
      }
    });
    child.on('close', (code, signal) => resolve({ exitCode: code ?? -1, signal, stdout, stderr, events }));
  });
}

/** The last event of a type; throws what was said instead. */
export function lastOf(driven: Driven, type: string): StreamEvent {
  const event = driven.events.findLast((each) => each.type === type);
  if (!event) throw new Error(`no ${type} among the events; exit ${driven.exitCode} ${driven.signal ?? ''}\n${driven.stdout.slice(-3000)}\n${driven.stderr}`);
  return event;
}
