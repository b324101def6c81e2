import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { Pool, type PoolConfig } from 'pg';
import { makeKnex } from './database';
import { LimitedClient } from './postgres-client';

/** A server that lets everybody in and breaks off at the first statement, which sets the session. */
const LET_IN = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);
let server: net.Server;
let url: string;
beforeEach(async () => {
  server = net.createServer((socket) => {
    socket.once('data', () => {
      socket.write(LET_IN);
      socket.once('data', () => socket.destroy());
    });
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `postgres://munim@127.0.0.1:${(server.address() as AddressInfo).port}/munim`;
});
afterEach(() => {
  server.close();
});

describe('a connection that breaks while its session is being set', () => {
  test('fails who connects', async () => {
    await expect(new LimitedClient({ connectionString: url }).connect()).rejects.toThrow('terminated');
  });

  // Nobody listens for the error of the connection itself then, which would end the process.
  test('fails a statement of a pool', async () => {
    const pool = new Pool({
      connectionString: url,
      Client: LimitedClient as unknown as NonNullable<PoolConfig['Client']>,
    });
    await expect(pool.query('select 1')).rejects.toThrow('terminated');
    await pool.end();
  });

  test('fails a statement of knex', async () => {
    const knex = makeKnex(url);
    await expect(knex.raw('select 1')).rejects.toThrow('terminated');
    await knex.destroy();
  });
});
