/** KYC as an app does it, from the first detail to the limit that it brings. */
import { createApiKey } from '../../../domain/auth/api-keys';
import type { UserId } from '../../../domain/ids/ids';
import { SCOPES } from '../../../domain/services/services';
import { createAppUser } from '../../../domain/users/users';
import { createStaff, type Staff } from '../../support/operations';
import { decided, LIST, scan } from '../../support/kyc';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { KYC_EXAMPLE } from '../../../api/schemas/kyc';
import { parsePublicId, publicId } from '../../../platform/ids';
import { systemClock } from '../../../platform/clock';
import { until } from '../../support/until';

let p: Platform;
let staff: Staff;
let user: Awaited<ReturnType<Platform['user']>>;

beforeAll(async () => {
  p = await startPlatform({ workers: ['maintenance'] });
  staff = await createStaff({ knex: p.c.knex, clock: systemClock });
  user = await p.user(100_000_000n);
});
afterAll(async () => {
  staff.close();
  await p.close();
});

const say = (method: string, path: string, body?: object): Promise<Reply> =>
  p.call(method, `/v1/${path}`, { key: user.apiKey, ...(body === undefined ? {} : { body }) });
const record = ({ body }: Reply) => body.record as Record<string, unknown>;
const content = (): string => scan().toString('base64');

test('a user becomes known, and may move what the tier allows', async () => {
  expect((await say('GET', 'kyc')).body).toMatchObject({ tier: null, record: null, limits: [] });
  expectProblem(await say('POST', 'kyc/submission'), 'KYC_RECORD_NOT_FOUND');
  const filled = await say('PUT', 'kyc', KYC_EXAMPLE);
  expect(record(filled)).toMatchObject({ state: 'draft', pan: 'XXXXX1234X', aadhaar: 'XXXXXXXX7058' });
  expect(filled.text).not.toContain('ABCPE1234F');
  const words = (await say('GET', 'consent-words')).body.data as { purpose: string }[];
  expect(new Set(words.map(({ purpose }) => purpose))).toEqual(new Set(['bank_account', 'kyc']));
  await say('POST', 'consents', { purpose: 'kyc', version: 1, language: 'hi' });
  for (const kind of ['pan_card', 'address_proof'])
    expect((await say('POST', 'kyc/documents', { kind, content: content() })).body).toMatchObject({ kind });
  const handedIn = await say('POST', 'kyc/submission');
  expect(record(handedIn)).toMatchObject({ state: 'submitted', missing: [] });
  expectProblem(await say('PUT', 'kyc', KYC_EXAMPLE), 'KYC_RECORD_SUBMITTED');

  await p.c.screeningLists.take({ file: LIST, reason: 'a test' }, staff.admin);
  const [waiting] = await staff.operations.kyc.queue(10);
  await until(async () => (await staff.operations.kyc.show(waiting!.id)).findings.isScreened);
  await decided(staff, { recordId: waiting!.id });
  const known = (await say('GET', 'kyc')).body;
  expect(known).toMatchObject({ tier: 'small', record: { state: 'approved' } });
  expect(known.limits).toContainEqual({ service: 'any', per: 'transaction', amount: 1_000_000 });

  // a key's standing is known within a second
  await until(async () => (await p.payout(user.apiKey, '0000', { amount: 1_000_001 })).status === 409);
  expectProblem(await p.payout(user.apiKey, '0000', { amount: 1_000_001 }), 'KYC_LIMIT_EXCEEDED');
  expect((await p.payout(user.apiKey, '0000', { amount: 1_000_000 })).status).toBe(202);
});

test('files that are none of the three forms are refused, whatever they are called', async () => {
  const other = await p.user(0n);
  const send = (kind: string, bytes: Buffer) =>
    p.call('POST', '/v1/kyc/documents', {
      key: other.apiKey,
      body: { kind, content: bytes.toString('base64') },
    });
  const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${'<script/>'.repeat(20)}</svg>`);
  expectProblem(await send('pan_card', svg), 'KYC_DOCUMENT_REFUSED');
  expectProblem(await send('pan_card', scan()), 'KYC_RECORD_NOT_FOUND');
  expectProblem(await send('selfie', scan()), 'REQUEST_FIELD_INVALID');
  const huge = Buffer.concat([scan(), Buffer.alloc(5_000_000)]);
  expectProblem(await send('pan_card', huge), 'KYC_DOCUMENT_REFUSED');
  expectProblem(await send('pan_card', Buffer.alloc(5_100_000)), 'REQUEST_TOO_LARGE');
});

test('the consents of a person are a register', async () => {
  const other = await p.user(0n);
  const ask = (method: string, path: string, body?: object) =>
    p.call(method, `/v1/consents${path}`, { key: other.apiKey, ...(body === undefined ? {} : { body }) });
  expectProblem(
    await ask('POST', '', { purpose: 'kyc', version: 7, language: 'en' }),
    'CONSENT_WORDS_UNKNOWN',
  );
  expectProblem(await ask('DELETE', '/kyc'), 'CONSENT_NOT_FOUND');
  await ask('POST', '', { purpose: 'kyc', version: 1, language: 'en' });
  expect((await ask('DELETE', '/kyc')).body).toMatchObject({
    purpose: 'kyc',
    withdrawn_at: expect.any(String) as string,
  });
  expect((await ask('GET', '')).body.data).toHaveLength(1);
});

test('ids of documents are ours', async () => {
  const { documents } = record(await say('GET', 'kyc')) as { documents: { id: string }[] };
  expect(documents.map(({ id }) => parsePublicId('kycDocument', id)).every((id) => id !== undefined)).toBe(
    true,
  );
});

test('whoever is above may fill it in, and whoever is beside finds nobody', async () => {
  const made = await p.c.knex.transaction(async (trx) => {
    const above = await createAppUser(trx, p.c.ids, { name: 'Above', type: 'distributor' });
    const beside = await createAppUser(trx, p.c.ids, { name: 'Beside', type: 'distributor' });
    const below = await createAppUser(trx, p.c.ids, { name: 'Below', parentId: above.userId });
    return { above, beside, below };
  });
  const keyOf = async ({ userId }: { userId: UserId }): Promise<string> =>
    (await createApiKey(p.c.knex, p.c.ids, { userId, mode: 'test', scopes: SCOPES })).secret;
  const path = `/v1/users/${publicId('user', made.below.userId)}/kyc`;
  const [above, beside] = [await keyOf(made.above), await keyOf(made.beside)];
  expect(record(await p.call('PUT', path, { key: above, body: KYC_EXAMPLE }))).toMatchObject({
    state: 'draft',
  });
  const document = { kind: 'pan_card', content: content() };
  expect((await p.call('POST', `${path}/documents`, { key: above, body: document })).status).toBe(200);
  expect(record(await p.call('GET', path, { key: above })).missing).toEqual(
    expect.arrayContaining(['consent:kyc', 'document:address_proof']),
  );
  for (const [method, end, body] of [
    ['GET', '', undefined],
    ['PUT', '', KYC_EXAMPLE],
    ['POST', '/documents', document],
  ] as const)
    expectProblem(await p.call(method, path + end, { key: beside, body }), 'USER_NOT_FOUND');
});
