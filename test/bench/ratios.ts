export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** One line of a result: the median, least and largest of the ratios baseline / ours, taken pair by pair. */
export function ratioLine(what: string, pairs: readonly (readonly [baseline: number, ours: number])[]): string {
  const ratios = pairs.map(([baseline, ours]) => baseline / ours);
  return `${what}: ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}, ${pairs.length} pairs)`;
}
