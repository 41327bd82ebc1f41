declare module 'proxy-from-env' {
  /** The proxy for a URL by the environment's variables, `NO_PROXY` included; '' for none. */
  export function getProxyForUrl(url: string): string;
}
