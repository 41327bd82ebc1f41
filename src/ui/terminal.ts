/** What a stream is to us; Node's own streams are. */
export interface OutputStream {
  write(text: string | Uint8Array): boolean;
  isTTY?: boolean;
  columns?: number;
  once?(event: 'drain', listener: () => void): unknown;
}

export interface Terminal {
  /** Whether colour may be used on this stream. */
  colour: boolean;
  /** Whether a line may be rewritten in place (progress bars, spinners). */
  animated: boolean;
  /** Unbounded for a file or a pipe: what reads those does not want values cut. */
  columns: number;
}

export interface TerminalWishes {
  /** `--no-color` was given. */
  noColour: boolean;
}

/**
 * NO_COLOR (https://no-color.org) wins over FORCE_COLOR; a dumb terminal or a pipe gets neither colour nor animation.
 * A line that keeps changing would be read out over and over: with a screen reader nothing moves.
 */
export function detectTerminal(stream: OutputStream, env: Record<string, string | undefined>, wishes: TerminalWishes): Terminal {
  const dumb = env['TERM'] === 'dumb';
  const terminal = stream.isTTY === true;
  const refused = wishes.noColour || (env['NO_COLOR'] ?? '') !== '';
  const forced = !['', '0', 'false'].includes(env['FORCE_COLOR'] ?? '');
  const spoken = ['true', '1'].includes(env['INK_SCREEN_READER'] ?? '');
  return {
    colour: !refused && !dumb && (terminal || forced),
    animated: terminal && !dumb && !spoken && (env['CI'] ?? '') === '',
    columns: terminal ? Math.max(40, stream.columns ?? 80) : Number.POSITIVE_INFINITY,
  };
}
