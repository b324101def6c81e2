/** Beneficiaries from end to end: kept, verified and paid by their id at the sandbox; confirmed while they are new. */
import { randomUUID } from 'node:crypto';
import { FakeClock } from '../../../platform/clock';
import { execute } from '../../../platform/database';
import { publicId } from '../../../platform/ids';
import { payoutBody, startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { codeIn, giveMobile, signIn } from '../../support/signed-in';
import { until } from '../../support/until';

const PIN = '482915';
const SMALL = 10_000;
const DAY_MS = 86_400_000;
const clock = new FakeClock(new Date());

let p: Platform;
let key: string;
beforeAll(async () => {
  p = await startPlatform({ clock });
});
afterAll(async () => {
  await p.close();
});
beforeEach(async () => {
  ({ apiKey: key } = await p.user(10_000_000n));
});

const spelled = (ending: string) =>
  payoutBody(ending).beneficiary as { name: string; account_number: string };
const post = (path: string, body: object = {}, as = key): Promise<Reply> =>
  p.call('POST', `/v1/beneficiaries${path}`, { key: as, body });
const get = (path = '', as = key): Promise<Reply> => p.call('GET', `/v1/beneficiaries${path}`, { key: as });
const idOf = ({ body }: Reply): string => body.id as string;
const payTo = (id: string, { amount = SMALL, as = key, confirmation = '' } = {}): Promise<Reply> => {
  const { beneficiary: _spelled, ...rest } = payoutBody('0000');
  return p.call('POST', '/v1/payouts', {
    key: as,
    body: { ...rest, amount, mode: 'IMPS', beneficiary_id: id },
    headers: { 'idempotency-key': randomUUID(), ...(confirmation === '' ? {} : { confirmation }) },
  });
};

it('is added, verified with its bank, and paid by its id', async () => {
  const made = await post('', spelled('0000'));
  expect([made.status, made.headers.get('location')]).toEqual([201, `/v1/beneficiaries/${idOf(made)}`]);
  expect(made.body).toMatchObject({
    object: 'beneficiary',
    account: '…0000',
    status: 'active',
    new_until: null,
  });
  const again = await post('', spelled('0000'));
  expect([again.status, idOf(again)]).toEqual([200, idOf(made)]);
  expect((await post(`/${idOf(made)}/verification`)).status).toBe(200);
  const { body } = await until(
    () => get(`/${idOf(made)}`),
    (one) => (one.body.verification as { status: string }).status !== 'checking',
  );
  expect(body.verification).toMatchObject({ status: 'valid', name_match: 'match', method: 'penny_drop' });
  const paid = await payTo(idOf(made));
  expect(paid.status).toBe(202);
  expect((await p.final(key, idOf(paid))).status).toBe('SUCCESS');
  const listed = await get('?limit=1&kind=bank');
  expect(listed.body).toMatchObject({ object: 'list', has_more: false, data: [{ id: idOf(made) }] });
  expect(listed.text).not.toContain(spelled('0000').account_number);
});

it('archived, of another, and no id at all: a payout to it is 404', async () => {
  const id = idOf(await post('', spelled('0000')));
  expect((await post(`/${id}/archival`)).body.status).toBe('archived');
  expect((await get('?status=archived')).body.data).toMatchObject([{ id }]);
  const other = await p.user(1_000_000n);
  const theirs = idOf(await post('', spelled('1111'), other.apiKey));
  for (const one of [id, theirs, publicId('beneficiary', randomUUID()), publicId('user', randomUUID())])
    expectProblem(await payTo(one), 'BENEFICIARY_NOT_FOUND');
  for (const path of [`/${theirs}`, '/none', `/${publicId('user', randomUUID())}`])
    expectProblem(await get(path), 'BENEFICIARY_NOT_FOUND');
  for (const act of ['archival', 'verification'])
    expectProblem(await post(`/${theirs}/${act}`), 'BENEFICIARY_NOT_FOUND');
});

it.each<[string, object]>([
  [
    'both an id and details',
    { ...payoutBody('0000'), beneficiary_id: publicId('beneficiary', randomUUID()) },
  ],
  ['neither', { ...payoutBody('0000'), beneficiary: undefined }],
  ['an id that is a number', { ...payoutBody('0000'), beneficiary: undefined, beneficiary_id: 7 }],
  ['an id with a NUL', { ...payoutBody('0000'), beneficiary: undefined, beneficiary_id: 'ben_\u0000' }],
])('a payout with %s is refused', async (_what, body) => {
  const headers = { 'idempotency-key': randomUUID() };
  expectProblem(await p.call('POST', '/v1/payouts', { key, body, headers }), 'REQUEST_FIELD_INVALID');
});

it.each<[object, 'REQUEST_FIELD_INVALID' | 'REQUEST_FIELD_UNKNOWN']>([
  [{ ...spelled('0000'), name: 'Raj ABCPK1234L' }, 'REQUEST_FIELD_INVALID'],
  [{ ...spelled('0000'), name: 'a\u0000b' }, 'REQUEST_FIELD_INVALID'],
  [{ ...spelled('0000'), vpa: 'om@okbank' }, 'REQUEST_FIELD_INVALID'],
  [{ ...spelled('0000'), user_id: 'usr_1' }, 'REQUEST_FIELD_UNKNOWN'],
])('%j is no beneficiary', async (body, code) => {
  expectProblem(await post('', body), code);
});

describe('while it is new', () => {
  beforeAll(async () => {
    await execute(
      p.db,
      `insert into beneficiary_rules values ('development', '2026-01-02', 'signed_in', 86400, 5000000, 20, 'a test')`,
    );
    await p.c.payeeRules.refresh();
  });

  it('a payment of any amount is confirmed by a code, and later by the PIN alone', async () => {
    const user = await p.user(10_000_000n);
    const mobile = '9876512345';
    await giveMobile(p, user.userId, mobile);
    let { accessToken: as } = await signIn(p, user.userId);
    await p.call('PUT', '/v1/pin', { key: as, body: { pin: PIN } });
    const begin = async (payee: object): Promise<Reply> =>
      p.call('POST', '/v1/confirmations', {
        key: as,
        body: { amount: SMALL, currency: 'INR', ...payee, pin: PIN },
      });
    const unmade = await begin({ beneficiary: spelled('0000') });
    expect(unmade.body.status).toBe('code_sent');
    const id = idOf(await post('', spelled('0000'), as));
    expectProblem(await payTo(id, { as, amount: 5_000_001 }), 'CONFIRMATION_NEEDED');
    const begun = await begin({ beneficiary_id: id });
    expect(begun.body.status).toBe('code_sent');
    expectProblem(await payTo(id, { as, confirmation: idOf(begun) }), 'CONFIRMATION_NEEDED');
    const texts = async (like: RegExp): Promise<string[]> =>
      (await p.outbox.newest(500))
        .filter(({ to, text }) => to === mobile && like.test(text))
        .map(({ text }) => text);
    const [newest] = await until(
      () => texts(/\b\d{6}\b/),
      (codes) => codes.length === 2,
    );
    const code = codeIn(newest!);
    await p.call('POST', `/v1/confirmations/${idOf(begun)}/code`, { key: as, body: { code } });
    expect((await payTo(id, { as, confirmation: idOf(begun) })).status).toBe(202);
    clock.advance(DAY_MS + 1_000);
    ({ accessToken: as } = await signIn(p, user.userId));
    const later = await begin({ beneficiary_id: id });
    expect(later.body.status).toBe('confirmed');
    expect((await payTo(id, { as, confirmation: idOf(later) })).status).toBe(202);
    // a confirmation without a code is none while it is new again
    const third = await begin({ beneficiary_id: id });
    await post(`/${id}/archival`, {}, as);
    expect((await post('', spelled('0000'), as)).status).toBe(201);
    expectProblem(await payTo(id, { as, confirmation: idOf(third) }), 'CONFIRMATION_NEEDED');
    // whoever has the account has heard of both; of two that were added, in one message or in two
    for (const what of [
      /^Beneficiaries added .*: [12], .* 0000\./,
      /^Beneficiaries removed .*: 1, .* 0000\./,
    ])
      await until(
        () => texts(what),
        (told) => told.length > 0,
      );
  });
});
