/** Every list of the API for staff with rows in it: page by page it is what it is as a whole, and each filter holds. */
import { createCloseStep } from '../../../domain/night/close';
import type { UserId } from '../../../domain/ids/ids';
import { createSafeguardingStep } from '../../../domain/safeguarding/safeguarding';
import { createSealStep } from '../../../domain/seal/seal';
import { createBalancesStep } from '../../../domain/snapshots/snapshots';
import { parseEncryptionKeys } from '../../../platform/encryption';
import { publicId } from '../../../platform/ids';
import { createSigner } from '../../../platform/signing';
import type { StaffRole } from '../../support/access';
import { doNights, nightOf } from '../../support/nights';
import { startStaffApi, type StaffApi } from '../../support/staff-api';
import { plantLists } from '../../support/staff-lists';
import { createWorld, type World } from '../../support/world';

const DAY = '2026-11-01';
const DAY_MS = 86_400_000;
const MAPPING = {
  ...{ dates: 'ymd', date: 'Date', narration: 'Text', debit: 'Out', credit: 'In', reference: 'Ref' },
};
const RULE = {
  ...{ service: 'dmt', from: '2026-12-01', reason: 'the new price list', evidence: 'of 20 November' },
  slabs: [
    { from: 100, to: 100_000, basis: 'commission', shares: [{ level: 'retailer', bps: 7_000 }] },
    { from: 100_001, to: 500_000, basis: 'amount', shares: [{ level: 'retailer', flat: 0, cap: 30 }] },
  ],
};

let world: World;
let api: StaffApi;
let users: UserId[];
interface Answer {
  status: number;
  body: Record<string, unknown> & { data: Record<string, unknown>[]; next_cursor: string | null };
  text: string;
  type: string | null;
}
async function call(method: string, path: string, role: StaffRole, body?: object | string): Promise<Answer> {
  const isBytes = typeof body === 'string';
  const response = await fetch(`${api.url}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${api.tokens.get(role)!}`,
      ...(body === undefined
        ? {}
        : { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isBytes ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const type = response.headers.get('content-type');
  return {
    ...{ status: response.status, text, type },
    body: (type?.includes('json') === true ? JSON.parse(text) : {}) as Answer['body'],
  };
}
const get = (path: string, role: StaffRole = 'auditor'): Promise<Answer> => call('GET', path, role);
const all = async (path: string): Promise<Record<string, unknown>[]> => (await get(path)).body.data;

beforeAll(async () => {
  world = await createWorld({ start: `${DAY}T06:30:00Z` });
  users = [];
  for (let i = 0; i < 4; i += 1) users.push((await world.user(1_000_000n)).userId);
  const long = { ...world.first, long: world.first.knex };
  const key = Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64');
  const signer = createSigner(parseEncryptionKeys(`a1:${key}`));
  const steps = [
    ...[createCloseStep(long), createBalancesStep(long), createSafeguardingStep(long)],
    createSealStep({ ...long, signer }),
  ];
  for (let night = 0; night < 3; night += 1) {
    world.clock.advance(DAY_MS);
    await world.user(1_000n);
    await doNights(world, nightOf(world.first, steps));
  }
  api = await startStaffApi(world);
  await plantLists(world.knex, { users, staff: api.ids.get('ops')!, bank: 'escrow' });
  const source = { name: 'escrow', bank: 'escrow', format: 'mapped_csv', mapping: MAPPING };
  await api.operations.reconciliation.addSource(source);
  await importDays();
  await propose();
});
afterAll(async () => {
  try {
    await api.close();
  } finally {
    await world.close();
  }
});

/** Statements of three days, each compared. */
async function importDays(): Promise<void> {
  for (const day of ['2026-11-01', '2026-11-02', '2026-11-03']) {
    const file = `Date,Text,Ref,Out,In\n${day},a,HDFCN${day.replaceAll('-', '')}1,,250.00\n${day},b,X${day.slice(-2)}000001,,100.00\n`;
    const at = `/reconciliation/files?source=escrow&date=${day}&name=s.csv`;
    expect((await call('POST', at, 'ops', file)).status).toBe(200);
    expect((await call('POST', '/reconciliation/runs', 'ops', { source: 'escrow', date: day })).status).toBe(
      200,
    );
  }
}

/** Schemes and rules by two persons, and some that wait. */
async function propose(): Promise<void> {
  const said = { reason: 'the new price list', evidence: 'of 20 November' };
  for (const name of ['bronze', 'gold', 'silver'])
    await decided('/commissions/schemes', { name, scope: 'plan', ...said });
  for (const category of ['IMPS', 'NEFT', 'RTGS'])
    await decided('/commissions/schemes/gold/rules', { ...RULE, category });
  for (const name of ['tin', 'lead', 'zinc'])
    expect((await call('POST', '/commissions/schemes', 'ops', { name, scope: 'plan', ...said })).status).toBe(
      201,
    );
}
async function decided(path: string, body: object): Promise<void> {
  const { status, body: made } = await call('POST', path, 'ops', body);
  expect([path, status, made.state]).toEqual([path, 201, 'proposed']);
  const own = await call('POST', `/approvals/${String(made.id)}/approval`, 'ops', {});
  expect(own.status).toBe(403);
  const done = await call('POST', `/approvals/${String(made.id)}/approval`, 'finance', {});
  expect([done.status, done.body.object]).toEqual([200, 'carried_out']);
}

const usr = (i: number): string => publicId('user', users[i]!);
/** Lists, and how many rows stand in each. */
const LISTS: readonly [path: string, rows: number][] = [
  ['/approvals', 9],
  ['/approvals?state=proposed', 3],
  ['/nights', 3],
  ['/safeguarding', 3],
  ['/seal-heads', 3],
  [`/nights/${DAY}/balances`, 5],
  ['/compensations', 6],
  [`/compensations?date=${DAY}`, 4],
  ['/commissions/schemes', 3],
  ['/commissions/schemes/gold/rules', 3],
  ['/commissions/dues?date=2026-11-02', 4],
  ['/commissions/dues?date=2026-11-02&state=paid', 1],
  [`/commissions/accruals?user=USER0&from=2026-10-01&to=2026-11-30`, 2],
  [`/commissions/accruals?user=USER3&from=2026-10-01&to=2026-11-30&state=paid`, 1],
  ['/commissions/payouts', 6],
  [`/commissions/payouts?date=${DAY}`, 4],
  [`/commissions/payouts?user=USER1`, 2],
  ['/settlements/batches', 6],
  [`/settlements/items?date=${DAY}`, 12],
  [`/settlements/items?date=${DAY}&status=PAID`, 0],
  ['/settlements/files', 6],
  ['/tax-documents', 6],
  [`/tax-documents?user=USER0`, 2],
  ['/tax-documents?month=2026-10', 2],
  ['/tax-documents?number=INV/2627/0000003', 1],
  ['/tax-documents?kind=credit_note', 0],
  ['/taxes/remittances', 6],
  ['/taxes/remittances?tax=gst', 0],
  ['/reconciliation/files', 3],
  ['/reconciliation/files?source=escrow&date=2026-11-02', 1],
  ['/reconciliation/runs', 3],
  ['/reconciliation/lines?source=escrow', 6],
  ['/reconciliation/breaks', 6],
];

test.each(LISTS)('%s comes page by page as it is as a whole', async (path, expected) => {
  const at = path.replace(/USER(\d)/, (_, i: string) => usr(Number(i)));
  const join = at.includes('?') ? '&' : '?';
  const whole = await all(`${at}${join}limit=100`);
  expect([at, whole.length]).toEqual([at, expected]);
  const paged: Record<string, unknown>[] = [];
  for (let cursor: string | null = '', pages = 0; cursor !== null && pages < 50; pages += 1) {
    const { status, body } = await get(`${at}${join}limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect([at, status]).toEqual([at, 200]);
    paged.push(...body.data);
    cursor = body.next_cursor;
  }
  expect(paged).toEqual(whole);
});

test('a batch has its own settlements, and no others', async () => {
  const [batch] = await all('/settlements/batches');
  const items = await all((batch!.links as { items: string }).items.replace('/admin/v1', ''));
  expect(items).toHaveLength(3);
  expect(batch).toMatchObject({ items: 3, pending: 3, total: 30_006, paid: 0, back: 0 });
  expect(items[0]).toMatchObject({ status: 'PENDING', account: '••••1234', fee: 500, tax: 90, utr: null });
});

test('a rule is shown as it was proposed', async () => {
  const [rule] = await all('/commissions/schemes/gold/rules');
  expect(rule).toMatchObject({
    service: 'dmt',
    category: 'RTGS',
    version: 1,
    from: '2026-12-01',
    ends: false,
  });
  expect(rule!.slabs).toEqual([
    {
      ...{ from: 100, to: 100_000, basis: 'commission' },
      shares: [{ level: 'retailer', flat: 0, bps: 7_000, cap: null }],
    },
    {
      ...{ from: 100_001, to: 500_000, basis: 'amount' },
      shares: [{ level: 'retailer', flat: 0, bps: 0, cap: 30 }],
    },
  ]);
});

test('a rule with a fault names the field of it as it was sent', async () => {
  const slabs = [RULE.slabs[0]!, { ...RULE.slabs[1]!, from: 100_002 }];
  const { status, body } = await call('POST', '/commissions/schemes/gold/rules', 'ops', { ...RULE, slabs });
  expect([status, body.code]).toEqual([422, 'COMMISSION_RULE_INVALID']);
  expect(body.errors).toMatchObject([{ pointer: '#/slabs/1/from' }]);
});

test('what is refused or taken back is over', async () => {
  const [zinc, lead] = await all('/approvals?state=proposed');
  const note = { note: 'there are enough of them' };
  const refused = await call('POST', `/approvals/${String(zinc!.id)}/refusal`, 'finance', note);
  expect([refused.status, refused.body.state, refused.body.note]).toEqual([200, 'rejected', note.note]);
  const other = await call('POST', `/approvals/${String(lead!.id)}/withdrawal`, 'operator', {});
  expect([other.status, other.body.code]).toEqual([403, 'APPROVAL_NOT_YOURS']);
  const back = await call('POST', `/approvals/${String(lead!.id)}/withdrawal`, 'ops', {});
  expect([back.status, back.body.state]).toEqual([200, 'withdrawn']);
  const again = await call('POST', `/approvals/${String(lead!.id)}/approval`, 'finance', {});
  expect([again.status, again.body.code]).toEqual([409, 'APPROVAL_DECIDED']);
});

test('a tax document is shown, and is a PDF', async () => {
  const [{ links, document, user }] = (await all('/tax-documents')) as [
    { links: { self: string; pdf: string }; document: Record<string, unknown>; user: string },
  ];
  expect(document).toMatchObject({ kind: 'invoice', taxable: 1_000, cgst: 90, total: 1_180 });
  expect(users.map((one) => publicId('user', one))).toContain(user);
  expect((await get(links.self.replace('/admin/v1', ''))).body.document).toEqual(document);
  const pdf = await get(links.pdf.replace('/admin/v1', ''));
  expect([pdf.status, pdf.type, pdf.text.slice(0, 5)]).toEqual([200, 'application/pdf', '%PDF-']);
});

test('a file to the bank is shown by its number', async () => {
  const { body } = await get('/settlements/files/3');
  expect(body).toMatchObject({ file: '3', state: 'made', lines: 3, total: 30_006 });
  expect((await get('/settlements/files/99')).status).toBe(404);
});

test('a preview says what everybody would earn', async () => {
  const { status, body } = await get(
    `/commissions/preview?user=${usr(0)}&service=dmt&category=IMPS&amount=200000`,
  );
  expect([status, body.scheme, body.shares]).toEqual([200, null, []]);
});

test('a cursor is of the list that gave it', async () => {
  const { body } = await get('/commissions/payouts?limit=2');
  for (const path of ['/commissions/payouts?date=2026-11-01', '/tax-documents?limit=2']) {
    const other = await get(`${path}&cursor=${body.next_cursor!}`);
    expect([path, other.status]).toEqual([path, 422]);
  }
});
