/** One deliberate defect: text that is replaced in source files while they are bundled. */
export interface Defect {
  name: string;
  changes: { file: string; from: string; to: string }[];
}
export const root: string;
export function buildSimulator(outfile: string, defect?: Defect, entry?: string): Promise<void>;
