/** People ask about their own data, see how far it is, take it back, and fetch the copy that was granted. */
import { randomUUID } from 'node:crypto';
import type { ApprovalModel } from '../../../domain/approvals/approval.model';
import type { PersonalExport } from '../../../domain/privacy/export';
import type { AppUser } from '../../../domain/users/users';
import { FakeClock } from '../../../platform/clock';
import { execute } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { createStaff, type Staff } from '../../support/operations';
import { payoutBody, startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { codeIn, giveMobile, signIn } from '../../support/signed-in';
import { until } from '../../support/until';

const PIN = '482915';
const DAY_MS = 86_400_000;
const clock = new FakeClock(new Date());

let p: Platform;
let staff: Staff;
let user: AppUser & { apiKey: string };
let key: string;
let mobile: string;
let users = 0;
beforeAll(async () => {
  p = await startPlatform({ workers: ['maintenance'], clock });
  staff = await createStaff({ knex: p.c.knex, clock });
});
afterAll(async () => {
  staff.close();
  await p.close();
});
beforeEach(async () => {
  user = await p.user(10_000_000n);
  mobile = `98764${String((users += 1)).padStart(5, '0')}`;
  await giveMobile(p, user.userId, mobile);
  ({ accessToken: key } = await signIn(p, user.userId));
  await p.call('PUT', '/v1/pin', { key, body: { pin: PIN } });
});

const URL = '/v1/data-requests';
const post = (url: string, body: unknown = {}) => p.call('POST', url, { key, body });
const ask = (kind = 'export') => post(URL, { kind, reason: 'to see what is kept of my shop' });
const idOf = ({ body }: Reply): string => body.id as string;
const read = async (id: string) => (await p.call('GET', `${URL}/${id}`, { key })).body;
const copy = (id: string, confirmation?: string) =>
  p.call('GET', `${URL}/${id}/copy`, {
    key,
    ...(confirmation === undefined ? {} : { headers: { confirmation } }),
  });
const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? 'without a code',
  );

async function propose(id: string, answer?: string): Promise<ApprovalModel> {
  const { privacy, approvals } = staff.operations;
  const given = { id: parsePublicId('dataRequest', id)!, reason: 'it was them', evidence: 'their session' };
  const proposal = await privacy.proposal({ ...given, ...(answer === undefined ? {} : { answer }) });
  return approvals.propose(proposal, staff.asha);
}
async function grant(id: string, answer?: string): Promise<void> {
  await staff.operations.approvals.approve((await propose(id, answer)).id, staff.ravi);
}
/** The newest text to the number that says this, once so many have come. */
const textSaying = async (words: string, n = 1): Promise<string> => {
  const came = await until(
    async () => (await p.outbox.newest(500)).filter(({ to, text }) => to === mobile && text.includes(words)),
    (texts) => texts.length >= n,
  );
  return came[0]!.text;
};
/** The n-th time. */
async function confirmed(id: string, n = 1): Promise<string> {
  const begun = await post(`${URL}/${id}/confirmation`, { pin: PIN });
  expect([begun.status, begun.body.status]).toEqual([201, 'code_sent']);
  const text = await textSaying('to fetch a copy of your data', n);
  expect((await post(`/v1/confirmations/${idOf(begun)}/code`, { code: codeIn(text) })).status).toBe(200);
  return idOf(begun);
}

it('a copy is asked for, granted by two, told, and fetched with the PIN and a code, each time anew', async () => {
  const asked = await ask();
  const id = idOf(asked);
  const due = new Date(clock.now().getTime() + 90 * DAY_MS + 19_800_000).toISOString().slice(0, 10);
  expect([asked.status, asked.body]).toMatchObject([201, { kind: 'export', status: 'open', due_on: due }]);
  expectProblem(await ask(), 'DATA_REQUEST_OPEN');
  expectProblem(await copy(id), 'DATA_EXPORT_NOT_GRANTED');
  expectProblem(await post(`${URL}/${id}/confirmation`, { pin: PIN }), 'DATA_EXPORT_NOT_GRANTED');

  await grant(id);
  await p.c.dataAnswers.tell(10);
  expect(await p.c.dataAnswers.tell(10)).toBe(0);
  await textSaying('about your data at Munim is answered');
  expect(await read(id)).toMatchObject({ status: 'granted', answer: null, copy_until: expect.any(String) });
  expectProblem(await copy(id), 'CONFIRMATION_NEEDED');
  expectProblem(await p.call('GET', `${URL}/${id}/copy`, { key: user.apiKey }), 'SESSION_NEEDED');
  const confirmation = await confirmed(id);
  const paid = await p.call('POST', '/v1/payouts', {
    key,
    body: payoutBody('0000'),
    headers: { 'idempotency-key': randomUUID(), confirmation },
  });
  expectProblem(paid, 'CONFIRMATION_FOR_ANOTHER');
  const got = await copy(id, confirmation);
  expect([got.status, got.headers.get('content-disposition')]).toEqual([
    200,
    `attachment; filename="${id.replace('_', '-')}.json"`,
  ]);
  const { kept, complete } = JSON.parse(got.text) as PersonalExport;
  expect([complete, kept.users!.rows]).toMatchObject([true, [{ mobile }]]);
  expect(kept.data_requests!.rows).toHaveLength(1);
  for (const secret of ['argon2', '_sealed', '_hash', 'v1.']) expect(got.text).not.toContain(secret);
  expectProblem(await copy(id, confirmation), 'CONFIRMATION_OVER');
  const another = await confirmed(id, 2);
  await execute(p.db, 'update users set name = :name where id = :user', {
    name: 'Another Name',
    user: user.userId,
  });
  expect((await copy(id, another)).text).toContain('Another Name');
});

it('nobody reads, takes back or fetches what another asked', async () => {
  const id = idOf(await ask());
  await grant(id);
  const other = await p.user(0n);
  ({ accessToken: key } = await signIn(p, other.userId));
  for (const reply of [
    await p.call('GET', `${URL}/${id}`, { key }),
    await copy(id),
    await post(`${URL}/${id}/withdrawal`),
    await post(`${URL}/${id}/confirmation`, { pin: PIN }),
  ])
    expectProblem(reply, 'DATA_REQUEST_NOT_FOUND');
  expect((await p.call('GET', URL, { key })).body.data).toEqual([]);
});

it('while the account may be in wrong hands no copy is fetched, and after its time none', async () => {
  const id = idOf(await ask());
  await grant(id);
  const confirmation = await confirmed(id);
  const untilThen = new Date(clock.now().getTime() + DAY_MS);
  await execute(
    p.db,
    `insert into payout_rests (id, user_id, reason, begun_at, until_at)
     values (gen_random_uuid(), :user, 'password', :now, :untilThen)`,
    { user: user.userId, now: clock.now(), untilThen },
  );
  ({ accessToken: key } = await signIn(p, user.userId));
  expectProblem(await copy(id, confirmation), 'PAYOUTS_REST');
  clock.set(new Date(clock.now().getTime() + 31 * DAY_MS).toISOString());
  ({ accessToken: key } = await signIn(p, user.userId));
  expectProblem(await copy(id), 'DATA_EXPORT_NOT_GRANTED');
});

it('what was asked is taken back, and then no approval does anything; of both at once one wins', async () => {
  const id = idOf(await ask('correction'));
  const { id: approval } = await propose(id, 'the address is the new one');
  const [withdrawn, approved] = await Promise.all([
    post(`${URL}/${id}/withdrawal`),
    code(staff.operations.approvals.approve(approval, staff.ravi)),
  ]);
  const { status } = await read(id);
  expect([withdrawn.status, approved, status]).toEqual(
    status === 'withdrawn' ? [200, 'APPROVAL_OVERTAKEN', status] : [409, 'done', 'granted'],
  );
  expectProblem(await post(`${URL}/${id}/withdrawal`), 'DATA_REQUEST_DECIDED');
});

it('a correction is answered in words, a refusal says why, and an erasure names the law', async () => {
  const id = idOf(await ask('correction'));
  expect(await code(propose(id))).toBe('REQUEST_FIELD_INVALID');
  await grant(id, 'the address is the new one');
  expect(await read(id)).toMatchObject({ status: 'granted', answer: 'the address is the new one' });

  const erasure = idOf(await ask('erasure'));
  expect(await code(propose(erasure))).toBe('DATA_REQUEST_USER_OPEN');
  const request = parsePublicId('dataRequest', erasure)!;
  await staff.operations.privacy.refuse(request, 'the account is open', staff.ravi);
  expect(await read(erasure)).toMatchObject({ status: 'refused', answer: 'the account is open', parts: [] });
});

it('nobody keeps staff busy with one kind of request, or leaves a number in it', async () => {
  for (let n = 0; n < 3; n += 1)
    expect((await post(`${URL}/${idOf(await ask())}/withdrawal`)).body.status).toBe('withdrawn');
  expectProblem(await ask(), 'DATA_REQUESTS_USED_UP');
  const held = await post(URL, { kind: 'correction', reason: 'it is 9999 4105 7058' });
  expect(held.body).toMatchObject({ errors: [{ pointer: '#/reason', code: 'FIELD_PERSONAL_NUMBER' }] });
  clock.set(new Date(clock.now().getTime() + 31 * DAY_MS).toISOString());
  ({ accessToken: key } = await signIn(p, user.userId));
  expect((await ask()).status).toBe(201);
});
