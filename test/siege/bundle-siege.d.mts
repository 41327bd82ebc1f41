export function bundleSiege(root: string, outfile: string, options?: { readonly write?: boolean }): Promise<void>;
