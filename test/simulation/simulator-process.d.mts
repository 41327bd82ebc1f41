export interface SimulatorOptions {
  onReport?: (report: object) => void;
  onText?: (line: string) => void;
  traces?: boolean;
}
export function startSimulator(bundle: string, args: string[], options?: SimulatorOptions): { ended: Promise<void>; stop(): void };
