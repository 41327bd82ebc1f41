import { once } from 'node:events';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';

/** The first byte that a server on loopback hears of a request made with this agent. */
export async function dialled(agent: https.Agent): Promise<number | undefined> {
  const heard: number[] = [];
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (chunk) => { heard.push(chunk[0] ?? -1); socket.destroy(); });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await new Promise((resolve) => {
    https.get({ agent, host: '127.0.0.1', port: (server.address() as AddressInfo).port }).on('error', resolve);
  });
  server.close();
  return heard[0];
}
