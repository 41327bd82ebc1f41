import type { Defect } from './build-simulator.mjs';
export const defects: Defect[];
