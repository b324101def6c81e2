import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApi } from '../api/app';
import { timeLimitsOf } from '../api/middleware/time-limit';
import { compose } from '../composition/compose';
import { loadConfig } from '../composition/config';
import { createLimits } from '../composition/limits';
import { userId } from '../domain/ids/ids';
import { makePeople, type BenchPerson } from './support/auth-people';
import { createWaiting, endedOf } from '../domain/transactions/waiting';

/**
 * The API of the auth bench, in a process of its own, twice: as it is, and with an authenticator that knows the one
 * caller without looking at what it sends. Prints where both listen, and an access token of the caller.
 */
export interface AuthApi {
  url: string;
  bareUrl: string;
  accessToken: string;
  /** Who sign in. */
  people: BenchPerson[];
}

async function main(): Promise<void> {
  const [user, apiKey, people] = process.argv.slice(2) as [string, string, string];
  const c = await compose('api', loadConfig());
  const limits = await createLimits(c);
  const waiting = createWaiting({
    databaseUrl: c.config.databaseUrl,
    places: () => limits.rules.share('waits'),
    ended: (ids) => endedOf(c.knex, ids),
  });
  const { accessToken } = await c.knex.transaction((trx) =>
    c.userSessions.start(trx, {
      userId: userId(user),
      device: { name: 'Bench', ip: '127.0.0.1' },
      methods: ['pwd'],
    }),
  );
  const caller = await c.authenticator.authenticate(apiKey, '127.0.0.1');
  const shared = { ...c, limits, waiting, timeLimits: timeLimitsOf(c), showsDocs: false };
  const url = await listen(createApi(shared).callback());
  const bare = { ...shared, authenticator: { authenticate: async () => caller } };
  const bareUrl = await listen(createApi(bare).callback());
  const api: AuthApi = { url, bareUrl, accessToken, people: await makePeople(c, Number(people)) };
  process.stdout.write(`${JSON.stringify(api)}\n`);
}

async function listen(
  handler: (req: http.IncomingMessage, res: http.ServerResponse) => unknown,
): Promise<string> {
  const server = http.createServer((req, res) => void handler(req, res));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
