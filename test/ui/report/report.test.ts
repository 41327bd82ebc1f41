import { describe, expect, it } from 'vitest';
import type { OperationReport } from '../../../src/core/report.js';
import { reportHtml } from '../../../src/ui/report/html.js';
import { reportMarkdown } from '../../../src/ui/report/markdown.js';
import { sampleReport } from './sample-report.js';

const hostile = '<img src=x onerror=alert(1)>"\'&\u202egnp.csv';
const nasty: OperationReport = sampleReport({ key: `input/${hostile}`, reason: `</style><script>fetch("https://evil.example")</script> ${hostile}` });

describe('the HTML report', () => {
  const html = reportHtml([nasty], 'A title with <b>').join('\n');

  it('asks the network for nothing', () => {
    expect(html).not.toMatch(/<(?:script|link|img|iframe|object|embed|video|audio|source|base|form)\b/i);
    expect(html).not.toMatch(/\b(?:src|srcset|xlink:href|action|background|poster|data)\s*=\s*["']/i);
    expect(html).not.toMatch(/url\s*\(|@import|@font-face/i);
    expect(html.match(/href="[^"]*"/g)?.every((link) => link.startsWith('href="#')) ?? true).toBe(true);
    expect(html).toContain('content="default-src \'none\'; style-src \'unsafe-inline\'"');
  });

  it('shows what came from outside as text', () => {
    expect(html).not.toContain('<img');
    expect(html).not.toContain('<b>');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\\u202egnp.csv');
    expect(html).not.toContain('\u202e');
  });

  it('closes what it opens', () => {
    const open: string[] = [];
    for (const [, closing, name = '', selfClosing] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b(?:[^>"]|"[^"]*")*?(\/?)>/g)) {
      if (selfClosing || name === 'meta') continue;
      if (!closing) open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  it('draws the phases, the steps and the jobs, each with its words', () => {
    expect(html).toContain('aria-label="Time to recover: detect 4 min, decide 20 s, move 10 s, verify 15 s"');
    expect(html).toMatch(/aria-label="Steps on a time axis of [^"]*point of no return"/);
    expect(html).toContain('aria-label="Jobs: 1 re-driven, 1 parked"');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('lists several operations before it tells them', () => {
    const several = reportHtml([nasty, { ...nasty, operationId: 'second' }], 'Operations').join('\n');
    expect(several.match(/<article /g)).toHaveLength(2);
    expect(several).toContain('href="#operation-second"');
    expect(several).toContain('id="operation-second"');
  });

  it('stands an operation that never got anywhere', () => {
    const html = reportHtml([{ ...nasty, steps: [], phases: nasty.phases.map((phase) => ({ ...phase, seconds: null })), jobs: { redriven: [], parked: [], failed: [], alreadyDone: [], adopted: [], partsKept: 0 }, rto: { ...nasty.rto, seconds: null, met: null } }], 'Nothing').join('\n');
    expect(html).toContain('not reached');
    expect(html).not.toMatch(/<svg|NaN/);
  });
});

describe('the Markdown report', () => {
  const text = reportMarkdown(nasty).join('\n');

  it('shows what came from outside as text', () => {
    expect(text).not.toContain('<img');
    expect(text).not.toContain('<script');
    expect(text).not.toContain('\u202e');
  });

  it('keeps every table in its columns', () => {
    const cells = (line: string): number => line.replaceAll('\\|', '').split('|').length;
    const lines = text.split('\n');
    for (const [index, line] of lines.entries()) {
      if (!line.startsWith('| ') || !lines[index - 1]?.startsWith('|')) continue;
      expect(cells(line)).toBe(cells(lines[index - 1] as string));
    }
  });

  it('has every chapter', () => {
    for (const chapter of ['Time to recover', 'Data left behind', 'Who decided, and why', 'Evidence on us-east-1', 'Steps', 'Jobs', 'Zombies and orphans', 'What us-east-1 holds and us-west-2 does not', 'Timeline']) expect(text).toContain(`## ${chapter}`);
  });
});
