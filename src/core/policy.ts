import type { ExtensionPoint, Policy } from '../config/schema.js';

/** The thresholds of go / no-go, as the deployment file sets them. */
export type { ExtensionPoint, Policy };
