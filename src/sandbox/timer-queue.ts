/** What waits for a moment; `place` is where the queue holds it, -1 when it does not. */
export interface Timer {
  at: number;
  sequence: number;
  action: () => void;
  place: number;
}

/**
 * Timers in the order of their time, and of their making when the times are equal. Adding and removing take logarithmic time: ten thousand
 * executions wait on several timers each, and most timers (deadlines of calls) are removed and never fire.
 */
export class TimerQueue {
  private readonly heap: Timer[] = [];

  get size(): number {
    return this.heap.length;
  }

  first(): Timer | undefined {
    return this.heap[0];
  }

  add(timer: Timer): void {
    this.heap.push(timer);
    this.rise(timer, this.heap.length - 1);
  }

  remove(timer: Timer): void {
    const { place } = timer;
    if (place < 0) return;
    timer.place = -1;
    const last = this.heap.pop()!;
    if (last === timer) return;
    // The last one takes its place and finds its own from there, in whichever direction.
    this.rise(last, place);
    this.sink(last, last.place);
  }

  private rise(timer: Timer, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(timer, this.heap[above]!)) break;
      this.put(this.heap[above]!, place);
      place = above;
    }
    this.put(timer, place);
  }

  private sink(timer: Timer, from: number): void {
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= this.heap.length) break;
      if (below + 1 < this.heap.length && isBefore(this.heap[below + 1]!, this.heap[below]!)) below += 1;
      if (!isBefore(this.heap[below]!, timer)) break;
      this.put(this.heap[below]!, place);
      place = below;
    }
    this.put(timer, place);
  }

  private put(timer: Timer, place: number): void {
    this.heap[place] = timer;
    timer.place = place;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.sequence < other.sequence);
}
