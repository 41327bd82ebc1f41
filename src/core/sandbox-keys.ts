/** A sandbox makes its access keys recognisable, so that they and AWS's are never taken for each other. */
export function isSandboxKey(accessKeyId: string): boolean {
  return /^A[KS]IASANDBOX/.test(accessKeyId);
}

/** Enough of an access key id to know it again; the id is no secret, and still nobody's to read. */
export function shortKeyId(accessKeyId: string): string {
  return accessKeyId.length > 12 ? `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}` : accessKeyId.slice(0, 4);
}
