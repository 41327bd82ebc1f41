import type { Plugin } from 'esbuild';

export const withoutDeveloperTools: Plugin;
