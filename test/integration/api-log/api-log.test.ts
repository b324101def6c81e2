/** The API log: written beside the work, masked before it is written, kept for its time and no change of it possible. */
import { transactionId } from '../../../domain/ids/ids';
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { CallEntry } from '../../../domain/api-log/port';
import { createApiCallReader, type ApiCallFilter } from '../../../domain/api-log/read';
import { deleteOldCalls } from '../../../domain/api-log/retention';
import { createCallLog } from '../../../domain/api-log/write';
import { systemClock } from '../../../platform/clock';
import { execute, makeKnex, rows } from '../../../platform/database';
import { pruneApiLog } from '../../../workers/maintenance/api-log-pruner';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { HOSTILE_TEXTS } from '../../support/hostile-values';

const DAY_MS = 86_400_000;
let database: TestDatabase;
let knex: Knex;
const dropped: [number, string][] = [];
const noteDrop = (count: number, why: string): void => {
  dropped.push([count, why]);
};

beforeAll(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.url);
});
afterAll(async () => {
  await knex.destroy();
  await database.drop();
});
beforeEach(() => {
  dropped.length = 0;
});

const entry = (over: Partial<CallEntry> = {}): CallEntry => ({
  provider: 'testpay',
  operation: 'payout',
  method: 'POST',
  route: '/payouts',
  result: '200',
  latencyMs: 12.4,
  at: new Date(),
  ...over,
});
const count = async (where = 'true'): Promise<number> =>
  (await rows<{ n: number }>(knex, `select count(*)::int as n from api_calls where ${where}`))[0]!.n;
async function written(entries: readonly CallEntry[]): Promise<void> {
  const log = createCallLog({ knex, onDropped: noteDrop });
  for (const one of entries) log.note(one);
  await log.drain();
}

describe('writing', () => {
  it('gathers what comes within a moment into one statement, in the background', async () => {
    let statements = 0;
    const counting = makeKnex(database.url, { max: 2 });
    counting.on('query', (q: { sql: string }) => {
      if (q.sql.includes('into api_calls')) statements += 1;
    });
    const log = createCallLog({ knex: counting, onDropped: noteDrop });
    const id = randomUUID();
    for (let i = 0; i < 300; i++)
      log.note(
        entry({
          transactionId: transactionId(id),
          ourReference: `ref${i}`,
          request: { amount: i },
          response: { status: 'processed' },
        }),
      );
    expect([log.size(), statements]).toEqual([300, 0]);
    await log.drain();
    expect([statements, log.size(), await count(`transaction_id = '${id}'`)]).toEqual([1, 0, 300]);
    expect(
      (
        await rows(
          knex,
          "select method, route, result, latency_ms, request, response from api_calls where our_reference = 'ref7'",
        )
      )[0],
    ).toEqual({
      method: 'POST',
      route: '/payouts',
      result: '200',
      latency_ms: 12,
      request: { amount: 7 },
      response: { status: 'processed' },
    });
    await counting.destroy();
  });

  it('writes by itself, without being asked to', async () => {
    const log = createCallLog({ knex, lingerMs: 5 });
    log.note(entry({ operation: 'alone' }));
    for (let i = 0; i < 200 && (await count("operation = 'alone'")) === 0; i++)
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    expect(await count("operation = 'alone'")).toBe(1);
  });

  it('drops what is over its bound, and counts it', async () => {
    const log = createCallLog({ knex, maxWaiting: 10, onDropped: noteDrop });
    for (let i = 0; i < 25; i++) log.note(entry({ operation: 'bounded' }));
    await log.drain();
    expect(await count("operation = 'bounded'")).toBe(10);
    expect(dropped).toEqual(Array(15).fill([1, 'full']));
  });

  it('never throws and never waits when the database is away', async () => {
    const away = makeKnex('postgresql://nobody@127.0.0.1:1/none', { max: 1 });
    const errors: unknown[] = [];
    const log = createCallLog({ knex: away, onDropped: noteDrop, onError: (error) => errors.push(error) });
    for (let i = 0; i < 5; i++) log.note(entry());
    await log.drain();
    expect([dropped, errors.length, log.size()]).toEqual([[[5, 'failed']], 1, 0]);
    await away.destroy();
  });

  it('one that cannot be stored does not take the others with it', async () => {
    await written([
      entry({ operation: 'neighbour' }),
      entry({ operation: 'neighbour', transactionId: transactionId('no uuid') }),
      entry({ operation: 'neighbour', request: 10n }),
      entry({ operation: 'neighbour' }),
    ]);
    expect(await count("operation = 'neighbour'")).toBe(2);
    expect(dropped).toEqual([
      [1, 'failed'],
      [1, 'failed'],
    ]);
  });

  it('takes any text anywhere, cuts what is long, and keeps no query', async () => {
    const texts = [...HOSTILE_TEXTS, 'x'.repeat(100_000)];
    await written(
      texts.flatMap((t) => [
        entry({
          operation: t,
          route: `/a${t}`,
          result: t,
          ourReference: t,
          request: { t, [t]: [t] },
          response: t,
        }),
      ]),
    );
    expect(dropped).toEqual([]);
    await written([entry({ operation: 'query', route: '/payouts?account_number=000111222333#x' })]);
    expect(
      (await rows<{ route: string }>(knex, "select route from api_calls where operation = 'query'"))[0]!
        .route,
    ).toBe('/payouts');
  });
});

describe('what is written stays, for its time', () => {
  const refusal = async (sql: string): Promise<string> =>
    execute(knex, sql).then(
      (n) => `done ${n}`,
      (error: { constraint?: string; message: string }) => error.constraint ?? error.message,
    );

  it('no update, no truncate, no early delete', async () => {
    await written([
      entry({ operation: 'kept' }),
      entry({ operation: 'kept', at: new Date(Date.now() - 179 * DAY_MS) }),
    ]);
    expect(await refusal("update api_calls set result = '201' where operation = 'kept'")).toContain(
      'api_calls_append_only',
    );
    expect(await refusal('truncate api_calls')).toContain('api_calls_append_only');
    expect(await refusal("delete from api_calls where operation = 'kept'")).toBe('api_calls_kept');
    expect(await count("operation = 'kept'")).toBe(2);
  });

  it('after 180 days it goes, the oldest first, in bounded batches, and nothing younger', async () => {
    await written(
      Array.from({ length: 25 }, (_, i) =>
        entry({ operation: 'old', at: new Date(Date.now() - (181 + i) * DAY_MS) }),
      ),
    );
    const before = await count();
    const deps = { knex, clock: systemClock };
    expect(await deleteOldCalls(deps, { limit: 10 })).toBe(10);
    expect(
      (
        await rows<{ days: number }>(
          knex,
          "select round(max(extract(epoch from now() - at)) / 86400)::int as days from api_calls where operation = 'old'",
        )
      )[0]!.days,
    ).toBe(195);
    const both = await Promise.all([
      deleteOldCalls(deps, { limit: 10 }),
      deleteOldCalls(deps, { limit: 10 }),
    ]);
    expect(both[0] + both[1]).toBe(15);
    expect(await pruneApiLog(deps)).toBe(false);
    expect([await count("operation = 'old'"), await count()]).toEqual([0, before - 25]);
  });

  it('a longer rule keeps it longer, a shorter one than the law allows is refused', async () => {
    expect(await refusal('insert into api_log_policies values (current_date, 179)')).toBe(
      'api_log_policies_cert_in',
    );
    await written([entry({ operation: 'longer', at: new Date(Date.now() - 200 * DAY_MS) })]);
    await execute(
      knex,
      'insert into api_log_policies values (current_date - 1, 365), (current_date + 2, 180)',
    );
    expect(await deleteOldCalls({ knex, clock: systemClock }, { limit: 10 })).toBe(0);
    expect(await refusal("delete from api_calls where operation = 'longer'")).toBe('api_calls_kept');
    await execute(knex, 'delete from api_log_policies where in_force_from >= current_date - 1');
    expect(await deleteOldCalls({ knex, clock: systemClock }, { limit: 10 })).toBe(1);
  });

  it('an id tells the time of its call', async () => {
    await written([entry({ operation: 'time', at: new Date('2026-11-25T06:30:00.123Z') })]);
    expect(
      await refusal(
        `insert into api_calls select gen_random_uuid(), provider, operation, method, route, result,
          latency_ms, null, null, null, null, at from api_calls where operation = 'time'`,
      ),
    ).toBe('api_calls_id_tells_time');
  });

  it('a route has no query, whoever writes it', async () => {
    await expect(
      execute(
        knex,
        `insert into api_calls select id, 'routepay', operation, method, ?, result, latency_ms, null, null,
          null, null, at from api_calls limit 1`,
        ['/payouts?account_number=1'],
      ),
    ).rejects.toMatchObject({ constraint: 'api_calls_route_without_query' });
  });
});

describe('reading', () => {
  const reader = () => createApiCallReader({ knex });
  const [tx, start] = [randomUUID(), Date.parse('2026-06-01T00:00:00Z')];
  beforeAll(async () => {
    await written(
      Array.from({ length: 30 }, (_, i) =>
        entry({
          provider: i % 2 === 0 ? 'readpay' : 'otherpay',
          operation: `op${i % 3}`,
          result: i % 5 === 0 ? 'timeout' : '200',
          at: new Date(start + i * 60_000),
          ...(i % 10 === 0 ? { transactionId: transactionId(tx) } : {}),
          ...(i === 4 ? { ourReference: 'quoted' } : {}),
        }),
      ),
    );
  });
  const span = { from: new Date(start), before: new Date(start + 30 * 60_000) };
  const minutes = async (filter: ApiCallFilter): Promise<number[]> =>
    (await reader().list({ ...span, ...filter }, { limit: 100 })).data.map(
      (c) => (c.at.getTime() - start) / 60_000,
    );

  it('by provider, operation, result, transaction, reference and time, newest first', async () => {
    expect(await minutes({ provider: 'readpay', result: 'timeout' })).toEqual([20, 10, 0]);
    expect(await minutes({ operation: 'op1', provider: 'otherpay' })).toEqual([25, 19, 13, 7, 1]);
    expect(await minutes({ transactionId: transactionId(tx) })).toEqual([20, 10, 0]);
    expect(await minutes({ ourReference: 'quoted' })).toEqual([4]);
    expect(await minutes({ from: new Date(start + 27 * 60_000) })).toEqual([29, 28, 27]);
    expect(await minutes({ before: new Date(start + 60_000) })).toEqual([0]);
    expect(await minutes({ provider: 'nobody' })).toEqual([]);
  });

  it('pages without a gap or a repeat', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await reader().list(span, { limit: 7, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.data.map((c) => c.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect([seen.length, new Set(seen).size]).toEqual([30, 30]);
    expect(seen).toEqual(seen.toSorted().toReversed());
    expect(await reader().get(seen[0]!)).toMatchObject({ id: seen[0], request: null, response: null });
    expect(await reader().get(randomUUID())).toBeUndefined();
  });
});
