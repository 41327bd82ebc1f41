import type { BuildOptions, BuildResult } from 'esbuild';

export function bundleForNode(root: string, entryPoint: string, outfile: string, more?: BuildOptions): Promise<BuildResult>;
