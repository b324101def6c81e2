/** Settlements from the console: what staff read, a file that two persons release, and what is proposed about taxes. */
import request from 'supertest';
import type { StaffRole } from '../../support/access';
import { email, PASSWORD, startConsole, type TestConsole } from '../../support/console';

let c: TestConsole;
const cookies = new Map<StaffRole, string>();
beforeAll(async () => {
  c = await startConsole();
  for (const role of ['ops', 'auditor'] as const) {
    const form = { email: email(role), password: PASSWORD };
    const reply = await request(c.url).post('/ops/login').type('form').set('Origin', c.origin).send(form);
    cookies.set(role, String(reply.headers['set-cookie']![0]).split(';')[0]!);
  }
});
afterAll(async () => {
  await c.close();
});

interface Answer {
  status: number;
  body: Record<string, unknown>;
}
const get = async (path: string): Promise<Answer> =>
  request(c.url).get(`/admin/v1${path}`).set('Cookie', cookies.get('auditor')!);
const post = async (path: string, body: object, role: StaffRole = 'ops'): Promise<Answer> =>
  request(c.url)
    .post(`/admin/v1${path}`)
    .set({ Cookie: cookies.get(role)!, Origin: c.origin })
    .send(body);

test.each(['/settlements/batches', '/settlements/items?date=2026-11-02', '/settlements/files', '/taxes'])(
  'GET %s answers a list',
  async (path) => {
    const { status, body } = await get(path);
    expect([status, body.object, body.data]).toEqual([200, 'list', []]);
  },
);

test('what cannot be is refused with its code, and nobody who only reads proposes', async () => {
  expect((await post('/settlements/files', { bank: 'escrow' })).body.code).toBe('SETTLEMENT_FILE_EMPTY');
  expect((await post('/settlements/files', { bank: 'escrow' }, 'auditor')).status).toBe(403);
  expect((await post('/settlements/files/7/text', {})).body.code).toBe('SETTLEMENT_FILE_NOT_FOUND');
  const said = { choice: 'release', reason: 'for the bank', evidence: 'totals compared' };
  expect((await post('/settlements/files/7/proposals', said)).body.code).toBe('SETTLEMENT_FILE_NOT_FOUND');
  const answer = await request(c.url)
    .post('/admin/v1/settlements/answers?bank=escrow')
    .set({ Cookie: cookies.get('ops')!, Origin: c.origin, 'content-type': 'application/octet-stream' })
    .send('reference,amount\n');
  expect([answer.status, (answer.body as { code: string }).code]).toEqual([
    422,
    'SETTLEMENT_RESPONSE_REFUSED',
  ]);
});

test('taxes and receipts are looked at before they are proposed', async () => {
  const said = {
    bank: 'escrow',
    reference: 'SBINR52026110200001',
    reason: 'of October',
    evidence: 'challan',
  };
  const tax = {
    ...{ month: '2020-10', section: '194H', amount: 20_000, challan: 'CH-0001' },
    ...{ paid_on: '2020-11-02', ...said },
  };
  expect((await post('/taxes/tds/remittances', tax)).body.code).toBe('TAX_NOT_OWED');
  expect((await post('/taxes/tds/remittances', { ...tax, amount: '20000' })).body.code).toBe(
    'REQUEST_FIELD_INVALID',
  );
  const receipt = { provider: 'eko', of: 'aeps', amount: 301_176, ...said };
  expect((await post('/receivables/receipts', receipt)).body.code).toBe('FUNDS_NOTHING_OWED');
});
