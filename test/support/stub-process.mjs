// Stands in for a process of the Procfile where a test is about starting and stopping: ready at once, does no work.
import http from 'node:http';
import { createRequire } from 'node:module';

const { exitWithParent } = createRequire(import.meta.url)('../../dist/platform/parent-watch.js');

exitWithParent();
const [name] = process.argv.slice(2);
if (name === 'broken') {
  process.stderr.write('the stub refuses to start\n');
  process.exit(3);
}
const ports = [process.env.MUNIM_ADMIN_PORT ?? process.env.MUNIM_SANDBOX_PORT];
if (name === 'api') ports.push(process.env.MUNIM_API_PORT);
for (const port of ports)
  http
    .createServer((_request, response) => {
      response.end(JSON.stringify({ name, pid: process.pid }));
    })
    .listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => {
  process.exit(0);
});
