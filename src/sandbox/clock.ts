/**
 * The sandbox's only source of time. Services never call Date or setTimeout: the same code runs on real time (for the
 * command line) and on a virtual clock (for simulation, where hours pass in milliseconds and every run replays).
 */
export interface SandboxClock {
  /** Milliseconds since 1970, as the simulated Regions see it. */
  now(): number;
  /** Resolves after `milliseconds` of simulated time; rejects with the signal's reason when aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls `action` once after `milliseconds` of simulated time. The returned function cancels it. */
  after(milliseconds: number, action: () => void): () => void;
}
