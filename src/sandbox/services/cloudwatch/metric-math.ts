import { AwsError } from '../../service.js';
import type { TimeSeries } from './statistics.js';

/** What an expression works on: one series, several, or a plain number. */
export type MathValue = number | TimeSeries | TimeSeries[];

export interface MathScope {
  /** The series of a query by its id. Throws for an unknown one. */
  series(id: string): MathValue;
  /** Ids of the queries that are metrics, for METRICS(). */
  metricIds: string[];
  /** The starts of all periods in the range, for FILL. */
  periods: number[];
  periodSeconds: number;
}

/**
 * The part of CloudWatch's metric math that the sandbox knows: arithmetic, comparisons, AND, OR, arrays, METRICS, SUM,
 * AVG, MIN, MAX, ABS, CEIL, FLOOR, FILL, IF and PERIOD. Anything else is refused. Where an operand has no datapoint, the
 * result has none. Source: "Using math expressions with CloudWatch metrics", CloudWatch user guide.
 */
export function evaluateMath(expression: string, scope: MathScope): MathValue {
  const parser = new MathParser(expression, scope);
  return parser.parse();
}

type Operator = (left: number, right: number) => number;

const precedence: Record<string, Operator>[] = [
  { OR: (left, right) => flag(left !== 0 || right !== 0), '||': (left, right) => flag(left !== 0 || right !== 0) },
  { AND: (left, right) => flag(left !== 0 && right !== 0), '&&': (left, right) => flag(left !== 0 && right !== 0) },
  {
    '<': (left, right) => flag(left < right), '<=': (left, right) => flag(left <= right), '>': (left, right) => flag(left > right),
    '>=': (left, right) => flag(left >= right), '==': (left, right) => flag(left === right), '!=': (left, right) => flag(left !== right),
  },
  { '+': (left, right) => left + right, '-': (left, right) => left - right },
  { '*': (left, right) => left * right, '/': (left, right) => left / right },
  { '^': (left, right) => left ** right },
];

function flag(condition: boolean): number {
  return condition ? 1 : 0;
}

class MathParser {
  private readonly tokens: string[];
  private position = 0;

  constructor(private readonly expression: string, private readonly scope: MathScope) {
    this.tokens = expression.match(/\d+(?:\.\d+)?|[A-Za-z_][A-Za-z0-9_]*|"[^"]*"|&&|\|\||[<>=!]=|[-+*/^()[\],<>]|\S/g) ?? [];
  }

  parse(): MathValue {
    const value = this.binary(0);
    if (this.position < this.tokens.length) throw this.error();
    return value;
  }

  private binary(level: number): MathValue {
    const operators = precedence[level];
    if (!operators) return this.unary();
    let left = this.binary(level + 1);
    for (let operator = operators[this.peek()]; operator; operator = operators[this.peek()]) {
      this.position += 1;
      left = combine(left, this.binary(level + 1), operator);
    }
    return left;
  }

  private unary(): MathValue {
    if (!this.take('-')) return this.primary();
    return combine(0, this.unary(), (left, right) => left - right);
  }

  private primary(): MathValue {
    const token = this.peek();
    this.position += 1;
    if (token === '(') {
      const value = this.binary(0);
      this.expect(')');
      return value;
    }
    if (token === '[') return this.list(']').flatMap(seriesList);
    if (/^\d/.test(token)) return Number(token);
    if (!/^[A-Za-z]/.test(token)) throw this.error();
    return this.take('(') ? this.call(token) : this.scope.series(token);
  }

  private list(end: string): MathValue[] {
    const values: MathValue[] = [];
    while (!this.take(end)) {
      values.push(this.binary(0));
      if (this.peek() !== end) this.expect(',');
    }
    return values;
  }

  private call(name: string): MathValue {
    if (name === 'METRICS') return this.metrics();
    if (name === 'FILL') return this.fill();
    const values = this.list(')');
    const [first, second, third] = values;
    if (first === undefined) throw this.error();
    switch (name) {
      case 'SUM': return aggregate(first, (numbers) => numbers.reduce((sum, value) => sum + value, 0));
      case 'AVG': return aggregate(first, (numbers) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length);
      case 'MIN': return aggregate(first, (numbers) => Math.min(...numbers));
      case 'MAX': return aggregate(first, (numbers) => Math.max(...numbers));
      case 'ABS': return combine(first, 0, (value) => Math.abs(value));
      case 'CEIL': return combine(first, 0, (value) => Math.ceil(value));
      case 'FLOOR': return combine(first, 0, (value) => Math.floor(value));
      case 'PERIOD': return this.scope.periodSeconds;
      case 'IF': return this.choose(first, second, third);
      default: throw new AwsError('ValidationError', `The sandbox does not know the metric math function ${name} in: ${this.expression}`);
    }
  }

  private metrics(): MathValue {
    const filter = this.peek().startsWith('"') ? (this.tokens[this.position++] as string).slice(1, -1) : '';
    this.expect(')');
    return this.scope.metricIds.filter((id) => id.includes(filter)).flatMap((id) => seriesList(this.scope.series(id)));
  }

  private fill(): MathValue {
    const value = this.binary(0);
    this.expect(',');
    const repeat = this.take('REPEAT');
    const filler = repeat ? 0 : this.binary(0);
    this.expect(')');
    if (typeof filler !== 'number') throw this.error();
    const filled = seriesList(value).map((series) => filledSeries(series, this.scope.periods, repeat ? 'repeat' : filler));
    return Array.isArray(value) ? filled : filled[0] ?? new Map<number, number>();
  }

  private choose(condition: MathValue, yes: MathValue | undefined, no: MathValue | undefined): MathValue {
    if (yes === undefined) throw this.error();
    if (typeof condition === 'number') return condition !== 0 ? yes : no ?? new Map<number, number>();
    const result: TimeSeries = new Map();
    for (const [at, value] of seriesList(condition)[0] ?? []) {
      const chosen = value !== 0 ? yes : no;
      const number = typeof chosen === 'number' ? chosen : chosen && seriesList(chosen)[0]?.get(at);
      if (number !== undefined) result.set(at, number);
    }
    return result;
  }

  private peek(): string {
    return this.tokens[this.position] ?? '';
  }

  private take(token: string): boolean {
    if (this.peek() !== token) return false;
    this.position += 1;
    return true;
  }

  private expect(token: string): void {
    if (!this.take(token)) throw this.error();
  }

  private error(): AwsError {
    return new AwsError('ValidationError', `Error in expression '${this.expression}': Syntax Error near '${this.peek()}'`);
  }
}

function seriesList(value: MathValue): TimeSeries[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'number' ? [] : [value];
}

function combine(left: MathValue, right: MathValue, operator: Operator): MathValue {
  if (typeof left === 'number' && typeof right === 'number') return operator(left, right);
  if (Array.isArray(left)) return left.map((series) => combine(series, right, operator) as TimeSeries);
  if (Array.isArray(right)) return right.map((series) => combine(left, series, operator) as TimeSeries);
  const result: TimeSeries = new Map();
  const times = typeof left === 'number' ? (right as TimeSeries).keys() : left.keys();
  for (const at of times) {
    const first = typeof left === 'number' ? left : left.get(at);
    const second = typeof right === 'number' ? right : right.get(at);
    const value = first === undefined || second === undefined ? undefined : operator(first, second);
    // A division by zero gives no datapoint.
    if (value !== undefined && Number.isFinite(value)) result.set(at, value);
  }
  return result;
}

/** Of several series: one series, over those that have a datapoint. Of one series: one number, over its datapoints. */
function aggregate(value: MathValue, fold: (numbers: number[]) => number): MathValue {
  if (typeof value === 'number') return value;
  if (!Array.isArray(value)) return value.size === 0 ? new Map<number, number>() : fold([...value.values()]);
  const byTime = new Map<number, number[]>();
  for (const series of value) for (const [at, number] of series) byTime.set(at, [...(byTime.get(at) ?? []), number]);
  return new Map([...byTime].sort(([one], [two]) => one - two).map(([at, numbers]) => [at, fold(numbers)]));
}

function filledSeries(series: TimeSeries, periods: number[], filler: number | 'repeat'): TimeSeries {
  const filled: TimeSeries = new Map();
  let last: number | undefined;
  for (const at of periods) {
    last = series.get(at) ?? last;
    const value = series.get(at) ?? (filler === 'repeat' ? last : filler);
    if (value !== undefined) filled.set(at, value);
  }
  return filled;
}
