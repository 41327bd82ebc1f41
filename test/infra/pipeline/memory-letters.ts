import type { DeadLetter, DeadLetterQueue } from '../../../infra/pipeline/dead-letters.js';
import type { TestClock } from '../../aws/ledger/ledger-table.js';

interface Held extends DeadLetter {
  visibleAt: number;
}

/** A queue in memory that gives its letters in the order in which they came, the oldest first, which is the worst case. */
export class MemoryLetters implements DeadLetterQueue {
  private held: Held[] = [];
  private serial = 0;
  receives = 0;

  constructor(private readonly clock: Pick<TestClock, 'now'>) {}

  put(...bodies: (string | object)[]): void {
    for (const body of bodies) this.held.push({ body: typeof body === 'string' ? body : JSON.stringify(body), receiptHandle: '', visibleAt: 0 });
  }

  /** All of them, hidden or not. */
  bodies(): string[] {
    return this.held.map(({ body }) => body);
  }

  visible(): number {
    return this.held.filter(({ visibleAt }) => visibleAt <= this.clock.now().getTime()).length;
  }

  receive(hiddenSeconds: number): Promise<DeadLetter[]> {
    this.receives += 1;
    const now = this.clock.now().getTime();
    const given = this.held.filter(({ visibleAt }) => visibleAt <= now).slice(0, 10);
    for (const letter of given) Object.assign(letter, { visibleAt: now + hiddenSeconds * 1000, receiptHandle: `receipt-${(this.serial += 1)}` });
    return Promise.resolve(given.map(({ body, receiptHandle }) => ({ body, receiptHandle })));
  }

  delete({ receiptHandle }: DeadLetter): Promise<void> {
    this.held = this.held.filter((letter) => letter.receiptHandle !== receiptHandle);
    return Promise.resolve();
  }
}
