#!/bin/sh
# @smithy/node-http-handler 4.14.2: `destroy()` closes the agents that the handler was given only after it has handled a request itself.
# Before that it does nothing and says nothing, although the agents are the handler's by then; a handler whose `handle` sends by other means
# on the same agents therefore never closes their idle sockets, and those keep a server's connections open.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
printf '{ "private": true, "type": "module" }\n' > package.json
npm install --silent --no-audit --no-fund @smithy/node-http-handler@4.14.2 @smithy/protocol-http@5.3.0
cat > see.js <<'JS'
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { HttpRequest } from '@smithy/protocol-http';
import { NodeHttpHandler } from '@smithy/node-http-handler';
const server = createServer((_request, response) => response.end('ok'));
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const { port } = server.address();
const idle = (agent) => Object.values(agent.freeSockets).flat().length;
async function ask(agent) {
  const asked = request({ agent, port, host: '127.0.0.1' }).end();
  const [answer] = await once(asked, 'response');
  answer.resume();
  await once(answer, 'end');
  await new Promise((done) => setImmediate(done));
}
for (const isUsed of [false, true]) {
  const httpAgent = new Agent({ keepAlive: true });
  const handler = new NodeHttpHandler({ httpAgent });
  if (isUsed) {
    const { response } = await handler.handle(
      new HttpRequest({ method: 'GET', protocol: 'http:', hostname: '127.0.0.1', port, path: '/' }),
    );
    response.body.resume();
    await once(response.body, 'end');
  }
  await ask(httpAgent);
  const before = idle(httpAgent);
  handler.destroy();
  await new Promise((done) => setTimeout(done, 200));
  console.log(`${isUsed ? 'after a request of its own' : 'before any'}: ${before} idle, then ${idle(httpAgent)}`);
  httpAgent.destroy();
}
server.close();
server.closeAllConnections();
JS
node see.js > seen
cat seen
grep -q '^before any: 1 idle, then 1$' seen
grep -q '^after a request of its own: 1 idle, then 0$' seen
echo 'as found: destroy closes nothing before the first request'
