import { invalid } from '../items/attribute-value.js';

export type ExpressionKind = 'ConditionExpression' | 'FilterExpression' | 'KeyConditionExpression' | 'ProjectionExpression' | 'UpdateExpression';

export type TokenKind = 'word' | 'name' | 'value' | 'number' | 'symbol' | 'end';

export interface Token {
  kind: TokenKind;
  text: string;
  start: number;
  end: number;
}

const tokenPattern = /\s*(?:(#[A-Za-z0-9_-]+)|(:[A-Za-z0-9_]+)|([A-Za-z_][A-Za-z0-9_]*)|(\d+)|(<>|<=|>=|[()[\],.=<>+-]))/y;

/** Reads the tokens of one expression, one after the other, and words the errors as DynamoDB does. */
export class TokenReader {
  private readonly tokens: Token[];
  private position = 0;

  constructor(readonly kind: ExpressionKind, private readonly source: string) {
    if (source.trim() === '') throw this.error('The expression can not be empty;');
    this.tokens = this.split();
  }

  peek(ahead = 0): Token {
    return this.tokens[Math.min(this.position + ahead, this.tokens.length - 1)] as Token;
  }

  next(): Token {
    const token = this.peek();
    this.position += 1;
    return token;
  }

  isSymbol(text: string): boolean {
    const token = this.peek();
    return token.kind === 'symbol' && token.text === text;
  }

  takeSymbol(text: string): boolean {
    if (!this.isSymbol(text)) return false;
    this.position += 1;
    return true;
  }

  isKeyword(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'word' && token.text.toUpperCase() === word;
  }

  takeKeyword(word: string): boolean {
    if (!this.isKeyword(word)) return false;
    this.position += 1;
    return true;
  }

  expectSymbol(text: string): void {
    if (!this.takeSymbol(text)) throw this.syntaxError();
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw this.syntaxError();
  }

  syntaxError(at = this.position): Error {
    const token = this.tokens[Math.min(at, this.tokens.length - 1)] as Token;
    const before = this.tokens[at - 1] ?? token;
    const after = this.tokens[at + 1] ?? token;
    const shown = token.kind === 'end' ? '<EOF>' : token.text;
    return this.error(`Syntax error; token: "${shown}", near: "${this.source.slice(before.start, after.end)}"`);
  }

  error(message: string): Error {
    return invalid(`Invalid ${this.kind}: ${message}`);
  }

  private split(): Token[] {
    const tokens: Token[] = [];
    const kinds: TokenKind[] = ['name', 'value', 'word', 'number', 'symbol'];
    tokenPattern.lastIndex = 0;
    let end = 0;
    for (let match = tokenPattern.exec(this.source); match; match = tokenPattern.exec(this.source)) {
      end = tokenPattern.lastIndex;
      const which = match.slice(1).findIndex((group) => group !== undefined);
      const text = match[which + 1] as string;
      tokens.push({ kind: kinds[which] as TokenKind, text, start: end - text.length, end });
    }
    const rest = this.source.slice(end).trim();
    if (rest !== '') throw this.error(`Syntax error; token: "${rest[0]}", near: "${this.source.slice(Math.max(0, end - 5), end + 5)}"`);
    tokens.push({ kind: 'end', text: '', start: this.source.length, end: this.source.length });
    return tokens;
  }
}
