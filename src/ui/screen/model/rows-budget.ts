/** A block of rows that can give way when the window is small. */
export interface Block {
  /** Rows that it wants at the most. */
  wanted: number;
  /** Rows below which it is of no use. */
  least: number;
  /** Who gets the first spare rows; the lowest first. */
  turn: number;
}

/**
 * Shares `rows` out: every block its least first (in turn, as far as they go), then each in turn what it still wants, so
 * that together they never have more than there is.
 */
export function shareRows(blocks: readonly Block[], rows: number): number[] {
  const given = blocks.map(() => 0);
  let left = Math.max(0, rows);
  const inTurn = blocks.map((_, index) => index).sort((a, b) => (blocks[a]?.turn ?? 0) - (blocks[b]?.turn ?? 0));
  const give = (index: number, upTo: number): void => {
    const more = Math.min(left, Math.max(0, upTo - (given[index] ?? 0)));
    given[index] = (given[index] ?? 0) + more;
    left -= more;
  };
  for (const index of inTurn) give(index, Math.min(blocks[index]?.least ?? 0, blocks[index]?.wanted ?? 0));
  for (const index of inTurn) give(index, blocks[index]?.wanted ?? 0);
  return given;
}

/** The part of a list that is shown in `rows` rows so that `selected` is in it. */
export function windowOf(total: number, rows: number, selected: number): { from: number; to: number } {
  const from = Math.max(0, Math.min(selected - Math.floor(rows / 2), total - rows));
  return { from, to: Math.min(total, from + rows) };
}
