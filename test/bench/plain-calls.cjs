// As many calls as `status` makes over as many connections, by Node's own client and nothing else: `node plain-calls.cjs PORT CALLS CONNECTIONS`.
const http = require('node:http');

const [port, calls, connections] = process.argv.slice(2).map(Number);
const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
let left = calls;
for (let call = 0; call < calls; call += 1) {
  const request = http.request({ port, host: '127.0.0.1', agent, method: 'POST', headers: { 'x-amz-target': 'X.ListExecutions', host: 'states.us-east-1.amazonaws.com' } }, (response) => {
    response.resume().on('end', () => {
      left -= 1;
      if (left === 0) agent.destroy();
    });
  });
  request.end('{}');
}
