import { usage } from '../errors.js';

const variables = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];

/**
 * The proxy that the environment names for HTTPS, as curl and the AWS CLI read it; undefined: none. Throws PROXY_INVALID,
 * which does not repeat the value: it may hold a password.
 */
export function proxyOfEnvironment(env: Record<string, string | undefined> = process.env): URL | undefined {
  const name = variables.find((each) => env[each]);
  const text = name === undefined ? undefined : env[name];
  if (!text) return undefined;
  const address = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '') return url;
  throw usage('PROXY_INVALID', `${name} names no proxy that can be used: it must be an http:// or https:// address.`, [
    `Correct it (export ${name}=http://proxy.example.com:3128), or unset it where AWS is reached without one.`,
  ]);
}
