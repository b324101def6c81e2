import http from 'node:http';

/**
 * Takes a flood in place of our API and refuses all of it, after so many milliseconds. With it the generator works
 * as much as against ours, and ours hears nothing of it. Prints its port.
 */
const [afterMs = '0'] = process.argv.slice(2);
const server = http.createServer((req, res) => {
  req.resume();
  setTimeout(() => {
    res.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '1' });
    res.end(JSON.stringify({ title: 'Too many requests', status: 429, code: 'RATE_LIMITED' }));
  }, Number(afterMs));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : ''}\n`);
});
