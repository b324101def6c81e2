/** Reports of users about themselves: asked for, made beside, and fetched by a link that ends, by nobody else. */
import { startPlatform, type Platform, type Reply } from '../../support/platform';

type User = Awaited<ReturnType<Platform['user']>>;
let p: Platform;
let user: User;
let other: User;
beforeAll(async () => {
  p = await startPlatform({ workers: [] });
  [user, other] = [await p.user(100_000n), await p.user(100_000n)];
});
afterAll(async () => {
  await p.close();
});

const OF = { report: 'commission_statement', form: 'csv', from: '2026-11-01', to: '2026-11-28' };
const get = (url: string, { apiKey }: User = user): Promise<Reply> => p.call('GET', url, { key: apiKey });
const ask = (body: object = OF): Promise<Reply> => p.call('POST', '/v1/reports', { key: user.apiKey, body });
const makeAll = async (): Promise<void> => {
  for (const { id } of await p.c.reports.due()) await p.c.reports.make(id);
};

test('a report is asked for, seen being made, and fetched by its link', async () => {
  const { body: kinds } = await get('/v1/reports/kinds');
  expect((kinds.data as { report: string }[]).map(({ report }) => report)).toEqual(['commission_statement']);
  const asked = await ask();
  expect([asked.status, asked.body.status]).toEqual([202, 'waiting']);
  const self = asked.headers.get('location')!;
  expect((await get(self)).body).toMatchObject({ status: 'waiting', links: { self, file: null } });
  await makeAll();
  const { body: made } = await get(self);
  expect(made).toMatchObject({ status: 'ready', form: 'csv' });
  const { file } = made.links as { file: string };
  const got = await get(file);
  expect([got.status, got.text.split('\r\n')[0]]).toEqual([
    200,
    'day,what,service,transaction,journal,level,earned,paid,tds,net,payable_from',
  ]);
  expect((await get('/v1/reports')).body.data).toMatchObject([{ id: made.id }]);

  for (const url of [self, file]) {
    const theirs = await get(url, other);
    expect([theirs.status, theirs.body.code]).toEqual([404, 'REPORT_NOT_FOUND']);
  }
  expect((await get('/v1/reports', other)).body.data).toEqual([]);
  const forged = await get(`${self}/file?link=${file.split('link=')[1]!.replace(/^./, '_')}`);
  expect([forged.status, forged.body.code]).toEqual([409, 'REPORT_LINK_OVER']);
});

test.each([
  [{ ...OF, report: 'trial_balance' }, 422, 'REQUEST_FIELD_INVALID'],
  [{ ...OF, user: 'usr_01jxvqexvqexvt0xvqexvqexvq' }, 400, 'REQUEST_FIELD_UNKNOWN'],
  [{ ...OF, to: '2026-10-28' }, 422, 'REPORT_PARAMETERS_INVALID'],
])('%j is refused: %i %s', async (body, status, code) => {
  const reply = await ask(body);
  expect([reply.status, reply.body.code]).toEqual([status, code]);
});

test('so many are made at a time, and no more', async () => {
  const replies: Reply[] = [];
  for (let n = 0; n < 12 && replies.at(-1)?.status !== 409; n += 1) replies.push(await ask());
  expect(replies.at(-1)!.body.code).toBe('REPORTS_TOO_MANY');
  expect(replies.length).toBeGreaterThan(1);
  await makeAll();
  expect((await ask()).status).toBe(202);
});
