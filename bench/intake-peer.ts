import { bodyParser } from '@koa/bodyparser';
import Koa from 'koa';

/** The intake's peer: a bare Koa handler that parses the same body and answers the same bytes. Prints its port. */
const answer = process.argv[2] ?? '{}';
const app = new Koa();
app.use(bodyParser());
app.use((ctx) => {
  if (typeof (ctx.request as { body?: { reference?: unknown } }).body?.reference !== 'string') ctx.throw(400);
  ctx.status = 202;
  ctx.type = 'application/json';
  ctx.body = answer;
});
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : ''}\n`);
});
