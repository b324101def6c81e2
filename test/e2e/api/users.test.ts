/** The network over the API: registering, finding and keeping those below, alone and from a file. */
import { randomUUID } from 'node:crypto';
import { createApiKey } from '../../../domain/auth/api-keys';
import { SCOPES } from '../../../domain/services/services';
import type { UserType } from '../../../domain/users/types';
import { createAppUser } from '../../../domain/users/users';
import type { UserId } from '../../../domain/ids/ids';
import { parsePublicId, publicId } from '../../../platform/ids';
import { fund, startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { until } from '../../support/until';

let p: Platform;
interface Who {
  id: string;
  userId: UserId;
  key: string;
}
let distributor: Who;
let stranger: Who;
beforeAll(async () => {
  p = await startPlatform({ workers: ['maintenance'] });
  [distributor, stranger] = [await user('distributor'), await user('distributor')];
});
afterAll(async () => {
  await p.close();
});

async function keyOf(userId: UserId): Promise<string> {
  return (await createApiKey(p.c.knex, p.c.ids, { userId, mode: 'test', scopes: SCOPES })).secret;
}
async function user(type: UserType): Promise<Who> {
  const { userId } = await p.c.knex.transaction((trx) =>
    createAppUser(trx, p.c.ids, { name: `Test ${type}`, type }),
  );
  return { userId, id: publicId('user', userId), key: await keyOf(userId) };
}

let numbers = 0;
const mobile = (): string => `97${String((numbers += 1)).padStart(8, '0')}`;
const shop = (over: object = {}): object => ({
  type: 'retailer',
  name: 'Test Stores',
  mobile: mobile(),
  ...over,
});
const post = (
  url: string,
  body: unknown,
  who = distributor,
  idempotencyKey: string = randomUUID(),
): Promise<Reply> =>
  p.call('POST', url, { key: who.key, body, headers: { 'idempotency-key': idempotencyKey } });
const get = (url: string, who = distributor): Promise<Reply> => p.call('GET', url, { key: who.key });
const register = async (over: object = {}, who = distributor): Promise<string> => {
  const reply = await post('/v1/users', shop(over), who);
  expect(reply.status).toBe(201);
  return reply.body.id as string;
};
const idsOf = ({ body }: Reply): string[] => (body.data as { id: string }[]).map(({ id }) => id);

it('a registered user is a lead below its distributor, shown without its number, and the same for a repeat', async () => {
  const [body, key] = [
    shop({
      mobile: '9712345678',
      email: 'shop@munim.example',
      language: 'hi',
      address: { line: '12, Test Street', city: 'Pune', state_code: '27', pin_code: '411001' },
      services: ['recharge'],
    }),
    randomUUID(),
  ];
  const made = await post('/v1/users', body, distributor, key);
  expect([made.status, made.headers.get('location')]).toEqual([201, `/v1/users/${String(made.body.id)}`]);
  expect(made.body).toMatchObject({
    object: 'user',
    type: 'retailer',
    stage: 'lead',
    parent: distributor.id,
    mobile: '97XXXXXX78',
    email: 's…@munim.example',
    language: 'hi',
    address: { city: 'Pune', state_code: '27', pin_code: '411001' },
    services: [{ service: 'recharge', state: 'requested' }],
  });
  for (const plain of ['9712345678', 'shop@', 'Test Street']) expect(made.text).not.toContain(plain);
  const again = await post('/v1/users', body, distributor, key);
  expect([again.status, again.body.id, again.headers.get('idempotent-replayed')]).toEqual([
    201,
    made.body.id,
    'true',
  ]);
  expectProblem(await post('/v1/users', body), 'USER_CONTACT_TAKEN');
  expectProblem(await post('/v1/users', shop(), distributor, key), 'IDEMPOTENCY_KEY_REUSED');
  expectProblem(await post('/v1/users', shop({ type: 'white_label' })), 'USER_PLACE_INVALID');
  expectProblem(await post('/v1/users', shop({ mobile: '+91 97000 00000' })), 'REQUEST_FIELD_INVALID');
});

it('the list pages those below, newest first, by type, stage and parent; nobody else sees them', async () => {
  const area = await register({ type: 'field_staff', mobile: '9700099999' });
  const shops = [
    await register({ parent: area }),
    await register({ parent: area }),
    await register({ parent: area }),
  ];
  expect(idsOf(await get(`/v1/users?parent=${area}`))).toEqual(shops.toReversed());
  const first = await get(`/v1/users?parent=${area}&limit=2`);
  const second = await get(`/v1/users?parent=${area}&limit=2&cursor=${String(first.body.next_cursor)}`);
  expect([...idsOf(first), ...idsOf(second)]).toEqual(shops.toReversed());
  const lookUp = (who: Who): Promise<Reply> =>
    p.call('POST', '/v1/user-lookups', { key: who.key, body: { mobile: '9700099999' } });
  expect((await lookUp(distributor)).body.id).toBe(area);
  expectProblem(await lookUp(stranger), 'USER_NOT_FOUND');
  expect(idsOf(await get('/v1/users?type=field_staff'))).toEqual([area]);
  expect(idsOf(await get('/v1/users?type=field_staff&stage=active'))).toEqual([]);
  expect(idsOf(await get('/v1/users?stage=lead&limit=3'))).toEqual(shops.toReversed());
  const everybody = idsOf(await get('/v1/users?limit=100'));
  expect(everybody).toEqual(expect.arrayContaining([area, ...shops]));
  expect(everybody).not.toContain(distributor.id);
  expect(idsOf(await get('/v1/users', stranger))).toEqual([]);
  for (const url of [`/v1/users/${area}`, `/v1/users?parent=${area}`])
    expectProblem(await get(url, stranger), 'USER_NOT_FOUND');
  expectProblem(await post('/v1/users', shop({ parent: area }), stranger), 'USER_NOT_FOUND');
});

it('a user reads itself, corrects itself, and goes as far as it may by itself', async () => {
  const id = await register();
  const own = { ...distributor, id, key: await keyOf(parsePublicId('user', id)! as UserId) };
  expect((await get('/v1/me', own)).body).toMatchObject({ id, stage: 'lead' });
  const patched = await p.call('PATCH', `/v1/users/${id}`, { key: own.key, body: { name: 'New Stores' } });
  expect([patched.status, patched.body.name]).toEqual([200, 'New Stores']);
  expect((await p.call('PATCH', `/v1/users/${id}`, { key: own.key, body: {} })).status).toBe(200);
  const stage = (to: string, who: Who): Promise<Reply> =>
    p.call('POST', `/v1/users/${id}/stage`, { key: who.key, body: { stage: to, reason: 'all is there' } });
  expect((await stage('kyc_submitted', own)).body).toMatchObject({ stage: 'kyc_submitted' });
  expectProblem(await stage('verified', own), 'USER_STAGE_REFUSED');
  expectProblem(await stage('kyc_submitted', stranger), 'USER_NOT_FOUND');
  expectProblem(await post('/v1/users', shop({ type: 'sub_merchant' }), own), 'USER_STAGE_REFUSED');
  const services = await p.call('POST', `/v1/users/${id}/services`, {
    key: distributor.key,
    body: { services: ['dmt'] },
  });
  expect(services.body.services).toMatchObject([{ service: 'dmt', state: 'requested' }]);
  expectProblem(await p.payout(own.key, '0000'), 'SERVICE_NOT_ACTIVE');
});

it('a distributor sees what those below have and do; a retailer sees nobody else, and nobody sees a stranger', async () => {
  const made = await p.c.knex.transaction((trx) =>
    createAppUser(trx, p.c.ids, { name: 'Test Stores', type: 'retailer', parentId: distributor.userId }),
  );
  await fund(p.c, made, 10_000_000n);
  const below = { userId: made.userId, id: publicId('user', made.userId), key: await keyOf(made.userId) };
  const accepted = await p.payout(below.key, '0000');
  expect(accepted.status).toBe(202);
  const transactions = await get(`/v1/users/${below.id}/transactions?service=payout`);
  expect(idsOf(transactions)).toEqual([accepted.body.id]);
  expect((await get(`/v1/users/${below.id}/wallets`)).body.data).toMatchObject([
    { kind: 'main', balance: 10_000_000 },
  ]);
  for (const what of ['transactions', 'wallets']) {
    expectProblem(await get(`/v1/users/${below.id}/${what}`, stranger), 'USER_NOT_FOUND');
    expectProblem(await get(`/v1/users/${distributor.id}/${what}`, below), 'USER_NOT_FOUND');
    expect((await get(`/v1/users/${below.id}/${what}`, below)).status).toBe(200);
  }
});

it('a file of users is answered at once and worked off, each line with what became of it', async () => {
  const file = [
    'Type,Name,Mobile,Parent',
    'field_staff,File area,9711100001,',
    'retailer,File shop,+91 97111 00002,9711100001',
    'retailer,File shop,12,',
  ].join('\r\n');
  const key = randomUUID();
  const begun = await post('/v1/user-imports', file, distributor, key);
  expect([begun.status, begun.body.total]).toEqual([202, 3]);
  const url = begun.headers.get('location')!;
  const done = await until(
    async () => (await get(url)).body,
    (body) => body.state === 'finished',
  );
  expect(done).toMatchObject({ accepted: 2, refused: 1 });
  const rows = (await get(`${url}/rows`)).body.data as {
    line: number;
    state: string;
    user: string;
    reason: string;
  }[];
  expect(rows).toMatchObject([
    { line: 2, state: 'accepted' },
    { line: 3, state: 'accepted' },
    { line: 4, state: 'refused', code: 'REQUEST_FIELD_INVALID' },
  ]);
  expect(rows[2]!.reason).toContain('mobile: must be a mobile number of ten digits');
  expect((await get(`/v1/users/${rows[1]!.user}`)).body.parent).toBe(rows[0]!.user);
  const again = await post('/v1/user-imports', file, distributor, key);
  expect([again.body.id, again.headers.get('idempotent-replayed')]).toEqual([begun.body.id, 'true']);
  expectProblem(await get(url, stranger), 'IMPORT_NOT_FOUND');
  expectProblem(await post('/v1/user-imports', 'name,mobile\n'), 'IMPORT_HEADER_INVALID');
  expectProblem(await post('/v1/user-imports', Buffer.from([0xff, 0xfe])), 'IMPORT_FILE_INVALID');
});
