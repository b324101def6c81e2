/** A program of a partner gets tokens by client credentials, asks about them and ends them, in the words of the RFCs. */
import { createStaffProof } from '../../../domain/auth/staff-proof';
import { createStaffAccess } from '../../../domain/access/access';
import { createClientAccounts } from '../../../domain/tokens/client-accounts';
import { createOauthClient } from '../../../domain/tokens/clients';
import { userId } from '../../../domain/ids/ids';
import { execute } from '../../../platform/database';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { until } from '../../support/until';

interface Program {
  clientId: string;
  secret: string;
}
let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
let program: Program;
beforeAll(async () => {
  p = await startPlatform({ workers: [] });
  user = await p.user(1_000_000n);
  program = await make(['payouts:write', 'wallets:read']);
});
afterAll(async () => {
  await p.close();
});

const make = (scopes: readonly string[], of = user.userId, allowedFrom?: string[]): Promise<Program> =>
  p.c.knex.transaction((trx) =>
    createOauthClient(trx, p.c, { userId: of, name: 'Billing', scopes, allowedFrom }),
  );
const post = (
  path: string,
  fields: Record<string, string> | string,
  headers: Record<string, string> = {},
): Promise<Reply> =>
  p.call('POST', `/v1/oauth/${path}`, {
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
const credentials = ({ clientId, secret }: Program) => ({ client_id: clientId, client_secret: secret });
const basic = ({ clientId, secret }: Program) => ({
  authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
});
const GRANT = { grant_type: 'client_credentials' };
const tokenFor = async (of = program, more: Record<string, string> = {}): Promise<string> => {
  const { status, body } = await post('token', { ...GRANT, ...more }, basic(of));
  expect(status).toBe(200);
  return body.access_token as string;
};
const wallets = (key: string): Promise<Reply> => p.call('GET', '/v1/wallets', { key });
const refusedSoon = (key: string): Promise<Reply> =>
  until(
    () => wallets(key),
    ({ status }) => status === 401,
  );

describe('a token', () => {
  it.each([
    ['in the header', () => post('token', GRANT, basic(program))],
    ['in the body', () => post('token', { ...GRANT, ...credentials(program) })],
  ])('comes for an id and its secret %s, and does what the program may', async (_where, ask) => {
    const { status, body, headers } = await ask();
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toMatchObject({ token_type: 'Bearer', scope: 'payouts:write wallets:read' });
    const key = body.access_token as string;
    expect((await wallets(key)).status).toBe(200);
    expect((await p.payout(key, '0000')).status).toBe(202);
    expectProblem(await p.call('GET', '/v1/transactions', { key }), 'AUTH_SCOPE_MISSING');
    expectProblem(await p.call('GET', '/v1/sessions', { key }), 'AUTH_SCOPE_MISSING');
  });

  it('does no more than it was asked for, and no more than the program may by now', async () => {
    const own = await make(['payouts:write', 'wallets:read']);
    const narrow = await tokenFor(own, { scope: 'wallets:read' });
    expectProblem(await p.payout(narrow, '0000'), 'AUTH_SCOPE_MISSING');
    const wide = await tokenFor(own);
    await execute(p.c.knex, `update oauth_clients set scopes = '{wallets:read}' where user_id = ?`, [
      user.userId,
    ]);
    await until(
      () => p.payout(wide, '0000'),
      ({ status }) => status === 403,
    );
    await execute(
      p.c.knex,
      `update oauth_clients set scopes = '{payouts:write,wallets:read}' where user_id = ?`,
      [user.userId],
    );
  });

  it('is of its user alone: what it does not own is not there', async () => {
    const accepted = await p.payout(user.apiKey, '0000');
    const stranger = await p.user(0n);
    const key = await tokenFor(await make(['transactions:read'], stranger.userId));
    const url = `/v1/transactions/${accepted.body.id as string}`;
    expectProblem(await p.call('GET', url, { key }), 'TRANSACTION_NOT_FOUND');
  });

  it('is had and used from the networks of the program alone', async () => {
    const elsewhere = await make(['wallets:read'], user.userId, ['192.0.2.0/24']);
    expect((await post('token', GRANT, basic(elsewhere))).body).toMatchObject({ error: 'invalid_client' });
    const here = await make(['wallets:read'], user.userId, ['127.0.0.0/8', '::1/128']);
    const key = await tokenFor(here);
    expect((await wallets(key)).status).toBe(200);
  });
});

describe('refusals are in the form of RFC 6749', () => {
  const wrong = { clientId: '', secret: `ms_${'A'.repeat(43)}` };
  it.each<[string, () => Promise<Reply>, number, string]>([
    ['nobody', () => post('token', GRANT), 401, 'invalid_client'],
    [
      'a wrong secret',
      () => post('token', GRANT, basic({ ...program, secret: wrong.secret })),
      401,
      'invalid_client',
    ],
    ['another id', () => post('token', GRANT, basic({ ...wrong, clientId: 'cli_x' })), 401, 'invalid_client'],
    ['a broken header', () => post('token', GRANT, { authorization: 'Basic Og==' }), 401, 'invalid_client'],
    [
      'two sets of credentials',
      () => post('token', { ...GRANT, ...credentials(program) }, basic(program)),
      400,
      'invalid_request',
    ],
    ['no grant', () => post('token', {}, basic(program)), 400, 'invalid_request'],
    [
      'a grant twice',
      () => post('token', 'grant_type=client_credentials&grant_type=client_credentials', basic(program)),
      400,
      'invalid_request',
    ],
    [
      'another grant',
      () => post('token', { grant_type: 'password' }, basic(program)),
      400,
      'unsupported_grant_type',
    ],
    [
      'a scope too many',
      () => post('token', { ...GRANT, scope: 'dmt:write' }, basic(program)),
      400,
      'invalid_scope',
    ],
    [
      'what no program has',
      () => post('token', { ...GRANT, scope: 'account' }, basic(program)),
      400,
      'invalid_scope',
    ],
    ['no token to ask about', () => post('introspect', {}, basic(program)), 400, 'invalid_request'],
    ['no token to end', () => post('revoke', {}, basic(program)), 400, 'invalid_request'],
    ['nobody who asks about one', () => post('introspect', { token: 'x' }), 401, 'invalid_client'],
  ])('%s', async (_what, ask, status, error) => {
    const reply = await ask();
    expect([reply.status, reply.body.error]).toEqual([status, error]);
    expect(reply.body.error_uri).toMatch(/^\/problems\/oauth-/);
    expect(reply.headers.get('www-authenticate') ?? 'none').toMatch(status === 401 ? /^Basic/ : /^none$/);
    expect((await p.call('GET', reply.body.error_uri as string)).status).toBe(200);
  });

  it('and no form is a problem like any other', async () => {
    expectProblem(await p.call('POST', '/v1/oauth/token', { body: GRANT }), 'REQUEST_MEDIA_TYPE_UNSUPPORTED');
  });
});

describe('introspection', () => {
  const ask = (token: string, of = program): Promise<Reply> => post('introspect', { token }, basic(of));

  it('says what a token of the same user is, and nothing of any other text', async () => {
    const { body } = await ask(await tokenFor());
    expect(body).toMatchObject({
      active: true,
      client_id: program.clientId,
      scope: 'payouts:write wallets:read',
    });
    const stranger = await p.user(0n);
    const theirs = await tokenFor(await make(['wallets:read'], stranger.userId));
    for (const text of [theirs, 'x', user.apiKey, `${theirs}x`])
      expect((await ask(text)).body).toEqual({ active: false });
  });
});

describe('a token ends', () => {
  it('revoked: soon and everywhere, and once is enough', async () => {
    const key = await tokenFor();
    expect((await wallets(key)).status).toBe(200);
    for (const token of [key, key, 'no token'])
      expect((await post('revoke', { token, token_type_hint: 'access_token' }, basic(program))).status).toBe(
        204,
      );
    await refusedSoon(key);
    expect((await post('introspect', { token: key }, basic(program))).body).toEqual({ active: false });
    expect((await wallets(await tokenFor())).status).toBe(200);
  });

  it('by no other program', async () => {
    const key = await tokenFor();
    const other = await make(['wallets:read']);
    expect((await post('revoke', { token: key }, basic(other))).body).toMatchObject({
      error: 'invalid_request',
    });
    expect((await wallets(key)).status).toBe(200);
  });

  it('with its program, and with its user', async () => {
    const other = await p.user(0n);
    const [one, two] = [
      await make(['wallets:read'], other.userId),
      await make(['wallets:read'], other.userId),
    ];
    const [ofOne, ofTwo] = [await tokenFor(one), await tokenFor(two)];
    await execute(
      p.c.knex,
      `update oauth_clients set revoked_at = now() where id in
         (select client_id from oauth_client_secrets where secret_hash = sha256(convert_to(?, 'UTF8')))`,
      [one.secret],
    );
    await refusedSoon(ofOne);
    expect((await wallets(ofTwo)).status).toBe(200);
    await execute(p.c.knex, `update users set status = 'disabled' where id = ?`, [other.userId]);
    await refusedSoon(ofTwo);
    expect((await post('token', GRANT, basic(two))).body).toMatchObject({ error: 'invalid_client' });
  });
});

describe('a program', () => {
  it('changes over from one secret to the next, and has no third', async () => {
    const proof = createStaffProof({ ...p.c, profile: 'development' });
    const accounts = createClientAccounts({ ...p.c, access: createStaffAccess(p.c), proof });
    const by = { userId: userId(p.c.ids.uuid()), role: 'admin' } as const;
    const given = { userId: user.userId, name: 'Billing', scopes: ['wallets:read'], reason: 'first day' };
    const { clientId, secret } = await accounts.create(given, by);
    const { id } = (await accounts.list(user.userId)).at(-1)!;
    const next = await accounts.addSecret({ id, reason: 'yearly' }, by);
    await expect(accounts.addSecret({ id, reason: 'again' }, by)).rejects.toMatchObject({
      code: 'OAUTH_TWO_SECRETS',
    });
    for (const one of [secret, next.secret]) await tokenFor({ clientId, secret: one });
    expect(await accounts.retire({ id, reason: 'changed over' }, by)).toEqual({ retired: 1 });
    expect((await post('token', GRANT, basic({ clientId, secret }))).body).toMatchObject({
      error: 'invalid_client',
    });
    await tokenFor({ clientId, secret: next.secret });
    await accounts.revoke({ id, reason: 'over' }, by);
    expect((await post('token', GRANT, basic({ clientId, secret: next.secret }))).status).toBe(401);
    await expect(accounts.revoke({ id, reason: 'twice' }, { ...by, role: 'viewer' })).rejects.toMatchObject({
      code: 'OPS_ROLE_MISSING',
    });
  });

  it('finds the addresses by the metadata', async () => {
    const { body } = await p.call('GET', '/.well-known/oauth-authorization-server');
    expect(body).toMatchObject({
      issuer: p.c.config.apiOrigin,
      token_endpoint: `${p.c.config.apiOrigin}/v1/oauth/token`,
      grant_types_supported: ['client_credentials'],
    });
  });
});
