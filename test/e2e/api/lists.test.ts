import { transactionId } from '../../../domain/ids/ids';
import { randomUUID } from 'node:crypto';
import { NEXT_ACTION_NAMES } from '../../../domain/transactions/next-action';
import { rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { until } from '../../support/until';

interface Transaction {
  id: string;
  status: string;
  reference: string;
  created_at: string;
  updated_at: string;
  service: string;
}
interface List {
  object: string;
  data: Transaction[];
  has_more: boolean;
  next_cursor: string | null;
  url: string;
}

let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
let other: Awaited<ReturnType<Platform['user']>>;
let made: string[]; // newest first
beforeAll(async () => {
  p = await startPlatform();
  user = await p.user(1_000_000_000n);
  other = await p.user(1_000_000_000n);
  const ids: string[] = [];
  for (let i = 0; i < 23; i += 1)
    ids.push(
      (await p.payout(user.apiKey, i % 4 === 0 ? '1111' : '0000', { reference: `list-${i}` })).body
        .id as string,
    );
  await Promise.all(ids.map((id) => p.final(user.apiKey, id)));
  made = ids.toReversed();
});
afterAll(async () => {
  await p.close();
});

const get = (query: string, key = user.apiKey): Promise<Reply> =>
  p.call('GET', `/v1/transactions${query === '' ? '' : `?${query}`}`, { key });
const list = async (query: string, key = user.apiKey): Promise<List> => {
  const reply = await get(query, key);
  expect([reply.status, reply.text.slice(0, 200)]).toEqual([200, expect.any(String)]);
  return reply.body as unknown as List;
};
const ids = (l: List): string[] => l.data.map((t) => t.id);

/** Every page from the first to the last. */
async function allPages(query: string): Promise<List[]> {
  const pages = [await list(query)];
  for (let cursor = pages[0]!.next_cursor; cursor !== null; cursor = pages.at(-1)!.next_cursor) {
    pages.push(await list(`${query}&cursor=${cursor}`));
    if (pages.length > 60) throw new Error('the list does not end');
  }
  return pages;
}

describe('GET /v1/transactions', () => {
  it('shows the newest first, twenty at a time, with the way to the next page', async () => {
    const reply = await get('');
    const body = reply.body as unknown as List;
    expect(Object.keys(body)).toEqual(['object', 'data', 'has_more', 'next_cursor', 'url']);
    expect(body).toMatchObject({
      object: 'list',
      has_more: true,
      url: '/v1/transactions',
      next_cursor: expect.stringMatching(/^[A-Za-z0-9_-]+$/),
    });
    expect(ids(body)).toEqual(made.slice(0, 20));
    expect(reply.headers.get('link')).toBe(`</v1/transactions?cursor=${body.next_cursor}>; rel="next"`);
    const last = await list(`cursor=${body.next_cursor}`);
    expect([ids(last), last.has_more, last.next_cursor]).toEqual([made.slice(20), false, null]);
    expect((await get(`cursor=${body.next_cursor}`)).headers.get('link')).toBeNull();
  });

  it('a line is the same as the transaction by itself', async () => {
    // A late callback may still touch the row between the two reads.
    const [line, single] = await until(
      async () => {
        const [first] = (await list('limit=1')).data;
        return [first, (await p.call('GET', `/v1/transactions/${first!.id}`, { key: user.apiKey })).body];
      },
      ([first, alone]) => first!.updated_at === alone.updated_at,
    );
    expect(single).toEqual(line);
  });

  it.each([1, 2, 7, 22, 23, 24, 100])('pages of %i hold each one once', async (limit) => {
    const pages = await allPages(`limit=${limit}`);
    expect(pages.flatMap(ids)).toEqual(made);
    expect(pages.slice(0, -1).every((page) => page.data.length === limit && page.has_more)).toBe(true);
    expect(pages).toHaveLength(Math.ceil(23 / limit));
  });

  it('pages stay as they are while others come in front', async () => {
    const busy = await p.user(1_000_000_000n);
    const before: string[] = [];
    for (let i = 0; i < 9; i += 1) before.unshift((await p.payout(busy.apiKey, '0000')).body.id as string);
    let cursor: string | null = null;
    const seen: string[] = [];
    do {
      const page: List = await list(`limit=2${cursor === null ? '' : `&cursor=${cursor}`}`, busy.apiKey);
      seen.push(...ids(page));
      cursor = page.next_cursor;
      await Promise.all([p.payout(busy.apiKey, '0000'), p.payout(busy.apiKey, '0000')]);
    } while (cursor !== null);
    expect(seen).toEqual(before);
  });

  it('a cursor follows its list to another page size', async () => {
    const { next_cursor: cursor } = await list('limit=3');
    expect(ids(await list(`limit=5&cursor=${cursor}`))).toEqual(made.slice(3, 8));
  });

  it('filters by status', async () => {
    const all = (await list('limit=100')).data;
    for (const status of ['SUCCESS', 'FAILED', 'PENDING', 'REVERSED', 'REFUNDED']) {
      const found = (await allPages(`limit=4&status=${status}`)).flatMap((page) => page.data);
      expect(found.map((t) => t.id)).toEqual(all.filter((t) => t.status === status).map((t) => t.id));
    }
    expect(all.filter((t) => t.status === 'FAILED')).toHaveLength(6);
  });

  it('filters by reference, service and time, and by all of them together', async () => {
    const all = (await list('limit=100')).data;
    expect(ids(await list('reference=list-7'))).toEqual([all.find((t) => t.reference === 'list-7')!.id]);
    expect(ids(await list('reference=list-7&status=FAILED'))).toEqual([]);
    expect(ids(await list('service=payout&limit=100'))).toEqual(made);
    const [from, before] = [all[10]!.created_at, all[3]!.created_at];
    const within = all.filter((t) => t.created_at >= from && t.created_at < before).map((t) => t.id);
    expect((await allPages(`limit=2&created_from=${from}&created_before=${before}`)).flatMap(ids)).toEqual(
      within,
    );
    expect(within.length).toBeGreaterThan(0);
    const inIndia = new Date(new Date(from).getTime() + 19_800_000).toISOString().replace('Z', '%2B05:30');
    expect(ids(await list(`limit=100&created_from=${inIndia}&created_before=${before}`))).toEqual(within);
    expect(ids(await list('created_before=2000-01-01T00:00:00Z'))).toEqual([]);
  });

  it('finds by the UTR and by the id of the provider, and nothing of anybody else', async () => {
    const [paid] = (await list('status=SUCCESS&limit=1')).data as (Transaction & { utr: string })[];
    const [attempt] = await rows<{ given: string }>(
      p.c.knex,
      `select provider_reference as given from dispatch_attempts
       where transaction_id = ? and provider_reference is not null`,
      [parsePublicId('transaction', paid!.id)!],
    );
    const { utr } = paid!;
    for (const query of [
      `utr=${utr}`,
      `utr=${utr.slice(0, 4)}+${utr.slice(4)}`,
      `utr=0000${utr}`,
      `provider_reference=${attempt!.given}`,
      `provider_reference=${attempt!.given}&utr=${utr}&status=SUCCESS&service=payout`,
    ]) {
      expect([query, ids(await list(query))]).toEqual([query, [paid!.id]]);
      expect([query, ids(await list(query, other.apiKey))]).toEqual([query, []]);
    }
    expect(ids(await list(`utr=${utr}&status=FAILED`))).toEqual([]);
    for (const query of [
      'utr=',
      'utr=%25',
      `utr=${'1'.repeat(41)}`,
      'provider_reference=%00',
      'provider_reference=%20',
    ])
      expectProblem(await get(query), 'REQUEST_FIELD_INVALID');
  });

  it('filters by what has to be done next, as each line says it', async () => {
    const open = await p.user(1_000_000_000n);
    const waiting = (await p.payout(open.apiKey, '5555')).body.id as string;
    const shown = await until(
      async () => (await list('next_action=confirm', open.apiKey)).data,
      (data) => data.length === 1,
    );
    expect(shown).toMatchObject([
      { id: waiting, status: 'PENDING', next_action: { who: 'provider', what: 'confirm' } },
    ]);
    const done = (await p.payout(open.apiKey, '0000')).body.id as string;
    for (const id of [waiting, done]) await p.final(open.apiKey, id);
    for (const what of NEXT_ACTION_NAMES) {
      const all = (await list('limit=100', open.apiKey)).data as (Transaction & {
        next_action: { what: string } | null;
      })[];
      expect(ids(await list(`limit=100&next_action=${what}`, open.apiKey))).toEqual(
        all.filter((t) => t.next_action?.what === what).map((t) => t.id),
      );
    }
    expectProblem(await get('next_action=nothing'), 'REQUEST_FIELD_INVALID');
  });

  it.each([
    'limit=0',
    'limit=-1',
    'limit=101',
    'limit=1.5',
    'limit=',
    'limit=1000000000000',
    'limit=1%00',
    'limit=%F0%9F%98%80',
  ])('refuses %s', async (query) => {
    expectProblem(await get(query), 'REQUEST_FIELD_INVALID');
  });

  it('P7 refuses a cursor that is forged, or of another caller, filter or list', async () => {
    const { next_cursor: mine } = await list('limit=3');
    await p.payout(other.apiKey, '0000');
    await p.payout(other.apiKey, '0000');
    const { next_cursor: theirs } = await list('limit=1', other.apiKey);
    const { next_cursor: filtered } = await list('limit=3&status=SUCCESS');
    const bytes = Buffer.from(mine!, 'base64url');
    const moved = Buffer.concat([
      bytes.subarray(0, 16),
      Buffer.from(parsePublicId('transaction', made[20]!)!),
    ]).toString('base64url');
    const cases = [
      [`cursor=${theirs}`, 'of another caller'],
      [`cursor=${filtered}`, 'of another filter'],
      [`status=FAILED&cursor=${filtered}`, 'of another value'],
      [`status=SUCCESS&cursor=${mine}`, 'of no filter'],
      [`cursor=${moved}`, 'with another place'],
      [`cursor=${mine!.slice(0, -2)}`, 'cut'],
      [`cursor=${mine}AA`, 'longer'],
      [`cursor=${Buffer.alloc(52).toString('base64url')}`, 'of zeros'],
      ['cursor=x', 'too short'],
      [`cursor=${parsePublicId('transaction', made[3]!)}`, 'an id'],
    ] as const;
    for (const [query] of cases)
      expect(expectProblem(await get(query), 'REQUEST_FIELD_INVALID')).toContainEqual({
        pointer: '?cursor',
        code: 'CURSOR_INVALID',
        detail: expect.any(String),
      });
    expectProblem(await get('cursor=%20%27'), 'REQUEST_FIELD_INVALID');
    expect((await get(`limit=3&cursor=${mine}`)).status).toBe(200);
    const wallets = await p.call('GET', '/v1/wallets', { key: user.apiKey });
    const [wallet] = wallets.body.data as { id: string }[];
    expectProblem(
      await p.call('GET', `/v1/wallets/${wallet!.id}/statement?cursor=${mine}`, { key: user.apiKey }),
      'REQUEST_FIELD_INVALID',
    );
  });

  it('a transaction in review stands where its public status says', async () => {
    const failed = (await p.payout(user.apiKey, '1111', { reference: 'late' })).body.id as string;
    expect(await p.final(user.apiKey, failed)).toMatchObject({ status: 'FAILED' });
    const id = parsePublicId('transaction', failed)!;
    await until(
      () => p.c.transactions.events(user.userId, id),
      (events) => events.at(-1)!.to === 'failed',
    );
    await p.c.recorder.record({
      transactionId: transactionId(id),
      attemptNo: 1,
      source: 'ops',
      askedAt: new Date(),
      answer: { kind: 'succeeded', sent: true, rawStatus: 'processed', amountPaise: 150_000n },
    });
    await p.c.settler.settle([id]);
    expect((await p.c.transactions.events(user.userId, id)).at(-1)!.to).toBe('in_review');
    expect((await p.call('GET', `/v1/transactions/${failed}`, { key: user.apiKey })).body.status).toBe(
      'FAILED',
    );
    expect(ids(await list('reference=late&status=FAILED'))).toEqual([failed]);
    expect(ids(await list('reference=late&status=PENDING'))).toEqual([]);
    expect(ids(await list('next_action=review'))).toEqual([failed]);
    expect((await list('reference=late')).data).toMatchObject([
      {
        status_reason: 'UNDER_REVIEW',
        next_action: { who: 'operations', what: 'review', until: null },
      },
    ]);
  });
});

describe('GET /v1/transactions/{id}/events', () => {
  it('tells each move in order, from the acceptance on', async () => {
    const { body } = await p.call('GET', `/v1/transactions/${made[0]}/events`, { key: user.apiKey });
    expect(body).toMatchObject({
      object: 'list',
      has_more: false,
      next_cursor: null,
      url: `/v1/transactions/${made[0]}/events`,
    });
    const events = body.data as {
      object: string;
      seq: number;
      from: string | null;
      to: string;
      actor: string;
      reason: string;
      at: string;
    }[];
    expect(events.map(({ seq, from, to }) => [seq, from, to])).toEqual([
      [0, null, 'accepted'],
      [1, 'accepted', 'held'],
      [2, 'held', 'dispatched'],
      [3, 'dispatched', 'succeeded'],
    ]);
    expect(events.map((e) => e.at)).toEqual(events.map((e) => e.at).toSorted());
    for (const event of events)
      expect(Object.keys(event)).toEqual(['object', 'seq', 'from', 'to', 'actor', 'reason', 'at']);
  });
});

it('an empty list is a list', async () => {
  const empty = await p.user(0n);
  expect(await list('', empty.apiKey)).toEqual({
    object: 'list',
    data: [],
    has_more: false,
    next_cursor: null,
    url: '/v1/transactions',
  });
  expect(
    (
      await p.call('GET', `/v1/transactions/txn_${'0'.repeat(26)}/events`, {
        key: empty.apiKey,
        headers: { 'x-request-id': randomUUID() },
      })
    ).status,
  ).toBe(404);
});
