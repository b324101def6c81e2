/** Reconciliation from the console: a file is uploaded, its breaks are owned, proposed about and decided by two persons. */
import request from 'supertest';
import { execute } from '../../../platform/database';
import { publicId } from '../../../platform/ids';
import type { StaffRole } from '../../support/access';
import { email, PASSWORD, startConsole, type TestConsole } from '../../support/console';

const AT = '/admin/v1/reconciliation';
const DAY = '2026-11-28';
const MAPPING = {
  ...{
    dates: 'ymd',
    date: 'Date',
    narration: 'Text',
    debit: 'Out',
    credit: 'In',
    reference: 'Ref',
    balance: 'Bal',
  },
};
const STATEMENT = `Date,Text,Ref,Out,In,Bal
${DAY},NEFT a,HDFCN26112800001,,250.00,1250.00
${DAY},NEFT b,HDFCN26112800002,,100.00,1350.00
`;
let c: TestConsole;
/** What stays in suspense. */
let rest: number;
const cookies = new Map<StaffRole, string>();
beforeAll(async () => {
  c = await startConsole();
  await signIn();
  await execute(
    c.knex,
    `insert into recon_sources (name, kind, bank, format, mapping) values ('escrow', 'statement', 'escrow', 'mapped_csv', ?)`,
    [JSON.stringify(MAPPING)],
  );
});
async function signIn(): Promise<void> {
  for (const role of ['ops', 'finance', 'auditor', 'support'] as const) {
    const form = { email: email(role), password: PASSWORD };
    const reply = await request(c.url).post('/ops/login').type('form').set('Origin', c.origin).send(form);
    cookies.set(role, String(reply.headers['set-cookie']![0]).split(';')[0]!);
  }
}
afterAll(async () => {
  await c.close();
});

interface Answer {
  status: number;
  body: Record<string, unknown> & { data?: Record<string, unknown>[] };
}
const get = async (path: string, role: StaffRole = 'auditor'): Promise<Answer> =>
  request(c.url).get(`${AT}${path}`).set('Cookie', cookies.get(role)!);
const post = async (path: string, body: object, role: StaffRole): Promise<Answer> =>
  request(c.url)
    .post(`${AT}${path}`)
    .set({ Cookie: cookies.get(role)!, Origin: c.origin })
    .send(body);
const upload = async (bytes: string, role: StaffRole = 'ops', origin = c.origin): Promise<Answer> =>
  request(c.url)
    .post(`${AT}/files?source=escrow&date=${DAY}&name=statement%20123456789012.csv`)
    .set({ Cookie: cookies.get(role)!, Origin: origin, 'content-type': 'application/octet-stream' })
    .send(bytes);
const data = async (path: string): Promise<Record<string, unknown>[]> => (await get(path)).body.data!;

test('from an uploaded statement to a break that two persons have decided', async () => {
  const refused = await upload(STATEMENT.replace('100.00,1350.00', '100.00,1351.00'));
  expect([refused.status, refused.body.code]).toEqual([422, 'RECON_FILE_REFUSED']);
  expect(refused.body.detail).toContain('line 3');
  expect(await data('/files')).toEqual([]);
  expect((await upload(STATEMENT, 'auditor')).status).toBe(403);
  expect((await upload(STATEMENT, 'ops', 'https://evil.example')).status).toBe(403);

  const imported = { known_file: false, file: 1, rows: 2, new: 2 };
  expect((await upload(STATEMENT)).body).toMatchObject(imported);
  expect((await upload(STATEMENT)).body).toMatchObject({ known_file: true, file: 1, rows: 0 });
  expect(await data(`/files?source=escrow&date=${DAY}`)).toMatchObject([
    { file: 1, name: 'statement [digits:12].csv', rows: 2, opening: 100_000, closing: 135_000 },
  ]);
  expect(await post('/runs', { source: 'escrow', date: '2026-11-27' }, 'ops')).toMatchObject({
    ...{ status: 409, body: { code: 'RECON_REPORT_MISSING' } },
  });
  const ran = await post('/runs', { source: 'escrow', date: DAY }, 'ops');
  expect(ran.body).toMatchObject({
    ...{ open: [{ name: 'bank_credit_unmatched', value: '2' }], cases_opened: 2 },
  });
  expect(await data('/runs?source=escrow')).toMatchObject([
    { date: DAY, counts: expect.arrayContaining([{ name: 'casesOpened', value: '2' }]) as unknown },
  ]);
  expect(await data('/lines?source=escrow&file=1&state=open')).toMatchObject([
    { utr: 'HDFCN26112800001', amount: 25_000, state: 'open', line: 2 },
    { utr: 'HDFCN26112800002', amount: 10_000, state: 'open', line: 3 },
  ]);

  const { body: page } = await get('/breaks?source=escrow&kind=bank_credit_unmatched&limit=1');
  const more = `limit=1&cursor=${String(page.next_cursor)}`;
  const { body: next } = await get(`/breaks?source=escrow&kind=bank_credit_unmatched&${more}`);
  const other = await get(`/breaks?${more}`);
  expect([other.status, other.body.code]).toEqual([422, 'REQUEST_FIELD_INVALID']);
  expect([page.has_more, next.has_more]).toEqual([true, false]);
  const found = [...page.data!, ...next.data!];
  expect(new Set(found.map(({ gap }) => gap))).toEqual(new Set([10_000, 25_000]));
  const id = String(found[0]!.id);
  rest = found[1]!.gap as number;
  const [{ id: ops }] = (
    await c.knex.raw<{ rows: [{ id: string }] }>('select id from users where email = ?', [email('ops')])
  ).rows;
  const owner = publicId('user', ops);
  expect((await post(`/breaks/${id}/owner`, { owner }, 'auditor')).status).toBe(403);
  expect((await post(`/breaks/${id}/owner`, { owner }, 'finance')).body).toMatchObject({ owner });
  expect((await data(`/breaks?owner=${owner}`)).map((one) => one.id)).toEqual([id]);
  expect(await data('/breaks?owner=nobody')).toHaveLength(1);
  expect(await data('/breaks?min_age_days=1')).toEqual([]);
  expect(await data('/breaks?provider=eko')).toEqual([]);

  expect((await get(`/breaks/${id}`)).body).toMatchObject({ choices: ['write_off', 'given_back'] });
  const said = { choice: 'write_off', reason: 'nobody asks for it', evidence: 'letter of the bank' };
  const proposed = await post(`/breaks/${id}/proposals`, said, 'ops');
  expect(proposed.body).toMatchObject({ object: 'approval', state: 'proposed' });
  const approve = (role: StaffRole) =>
    request(c.url)
      .post(`${(proposed.body.links as { self: string }).self}/approval`)
      .set({ Cookie: cookies.get(role)!, Origin: c.origin })
      .send({});
  expect((await approve('ops')).status).not.toBe(200);
  expect((await approve('finance')).status).toBe(200);
  expect(await data('/breaks?state=resolved')).toMatchObject([{ id, resolution: 'decided', in_suspense: 0 }]);
  expect(await post(`/breaks/${id}/owner`, { owner: null }, 'ops')).toMatchObject({
    ...{ status: 409, body: { code: 'RECON_BREAK_RESOLVED' } },
  });

  expect((await get(`/float?source=escrow&date=${DAY}`)).body).toMatchObject({
    ...{ theirs: 135_000, items: expect.any(Array) as unknown[] },
  });
  expect(await data('/sources')).toContainEqual(expect.objectContaining({ name: 'escrow', bank: 'escrow' }));
  const audits = (await c.audit()).filter(({ action }) => action === 'recon.import');
  expect(audits.map(({ outcome }) => outcome)).toEqual([
    ...['attempted', 'failed', 'refused', 'attempted', 'succeeded', 'attempted', 'succeeded'],
  ]);
});

test.each([
  ['/breaks?colour=red', 400, 'REQUEST_FIELD_UNKNOWN'],
  ['/breaks?limit=1000', 422, 'REQUEST_FIELD_INVALID'],
  ['/breaks?date=2026-02-30', 422, 'REQUEST_FIELD_INVALID'],
  ['/breaks?kind=a&kind=b', 400, 'REQUEST_FIELD_UNKNOWN'],
  ['/breaks/brk_x', 404, 'RECON_BREAK_NOT_FOUND'],
  ['/lines?source=nowhere', 404, 'RECON_SOURCE_UNKNOWN'],
  ['/float?source=escrow', 422, 'REQUEST_FIELD_INVALID'],
])('%s is refused: %i %s', async (path, status, code) => {
  expect(await get(path)).toMatchObject({ status, body: { code } });
});

test('whoever is not signed in, or has no business there, is told so as a problem', async () => {
  const { status, body, headers } = await request(c.url).get(`${AT}/breaks`);
  expect([status, (body as { code: string }).code]).toEqual([401, 'AUTH_REQUIRED']);
  expect(headers['content-type']).toContain('application/problem+json');
  expect(await get('/breaks', 'support')).toMatchObject({ status: 403, body: { code: 'OPS_ROLE_MISSING' } });
  expect(await post('/runs', { source: 'escrow', date: DAY, force: true }, 'ops')).toMatchObject({
    status: 400,
  });
});

test('last, since days go by: what waits in suspense is counted by its age', async () => {
  c.clock.advance(8 * 86_400_000);
  await signIn();
  expect(await data('/suspense')).toEqual([
    {
      ...{ object: 'suspense', account: 'unidentified:escrow', balance: rest, of_breaks: rest },
      ...{ breaks: 1, since: expect.any(String) as string },
      ageing: [{ from_days: 7, breaks: 1, amount: rest }],
    },
  ]);
});
