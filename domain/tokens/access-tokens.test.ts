import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { SignJWT, type JWTHeaderParameters } from 'jose';
import { FakeClock } from '../../platform/clock';
import { publicId, systemIds } from '../../platform/ids';
import { DomainError } from '../errors/errors';
import { userId } from '../ids/ids';
import { createAccessTokens, type TokenHolder } from './access-tokens';
import type { SigningKeys } from './signing-keys';

const ISSUER = 'https://api.munim.example';
const KID = systemIds.uuid();
const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');
const keys: SigningKeys = {
  signing: async () => ({ kid: KID, privateKey: ours.privateKey }),
  verifying: async (kid) => (kid === KID ? ours.publicKey : undefined),
  published: async () => [],
};
const policy = { accessS: 600, refreshIdleS: 1_000, sessionS: 2_000, keySignsS: 5_000, keyShownBeforeS: 60 };
const clock = new FakeClock();
const tokens = createAccessTokens({
  clock,
  ids: systemIds,
  keys,
  policies: { now: () => policy, close: () => undefined },
  issuer: ISSUER,
});
const holder: TokenHolder = {
  kind: 'session',
  userId: userId(systemIds.uuid()),
  sessionId: systemIds.uuid(),
  methods: ['pwd', 'sms'],
  authenticatedAt: clock.now(),
};
const seconds = (): number => Math.floor(clock.now().getTime() / 1_000);
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'read',
    (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
  );

/** A token of ours with one thing wrong. */
async function forged(
  claims: Record<string, unknown> = {},
  { header = {}, key = ours.privateKey }: { header?: Partial<JWTHeaderParameters>; key?: KeyObject } = {},
): Promise<string> {
  const good = {
    iss: ISSUER,
    aud: ISSUER,
    sub: publicId('user', holder.userId),
    sid: publicId('session', (holder as { sessionId: string }).sessionId),
    client_id: 'munim',
    jti: systemIds.uuid(),
    iat: seconds(),
    nbf: seconds(),
    exp: seconds() + 600,
  };
  const all = Object.entries({ ...good, ...claims }).filter(([, value]) => value !== undefined);
  return new SignJWT(Object.fromEntries(all))
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: KID, ...header })
    .sign(key);
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const payload = (token: string): string => token.split('.')[1]!;

/** By the RFC 7515 form, with a header and a signature of one's own. */
async function signedBy(header: object, sign: (input: string) => string): Promise<string> {
  const input = `${base64url(header)}.${payload(await forged())}`;
  return `${input}.${sign(input)}`;
}

test('says who somebody is, and is good for ten minutes', async () => {
  const { token, expiresAt } = await tokens.issue(holder);
  expect(expiresAt.getTime() - clock.now().getTime()).toBe(600_000);
  expect(await tokens.read(token)).toEqual({
    kind: 'session',
    tokenId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    userId: holder.userId,
    holderId: (holder as { sessionId: string }).sessionId,
    scopes: [],
    expiresAt,
  });
  expect(Buffer.from(payload(token), 'base64url').toString()).not.toContain(holder.userId);
});

test('of a program says what it was allowed', async () => {
  const program = { kind: 'client', userId: holder.userId, clientId: systemIds.uuid() } as const;
  const { token } = await tokens.issue({ ...program, scopes: ['payouts:write', 'wallets:read'] });
  expect(await tokens.read(token)).toMatchObject({
    kind: 'client',
    userId: holder.userId,
    holderId: program.clientId,
    scopes: ['payouts:write', 'wallets:read'],
  });
});

test('that is made by the test as ours is one of ours', async () => {
  expect(await codeOf(tokens.read(await forged()))).toBe('read');
});

const publicPem = ours.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const ownJwk = theirs.publicKey.export({ format: 'jwk' });
const FORGERIES: Record<string, () => Promise<string>> = {
  'without a signature': () => signedBy({ alg: 'none', typ: 'at+jwt', kid: KID }, () => ''),
  'signed with our public key as a secret': () =>
    signedBy({ alg: 'HS256', typ: 'at+jwt', kid: KID }, (input) =>
      createHmac('sha256', publicPem).update(input).digest('base64url'),
    ),
  'signed by another key': () => forged({}, { key: theirs.privateKey }),
  'that brings its key along': () => forged({}, { key: theirs.privateKey, header: { jwk: ownJwk } }),
  'that says where its key lies': () =>
    forged({}, { key: theirs.privateKey, header: { jku: 'http://127.0.0.1/keys' } }),
  'of an unknown key': () => forged({}, { header: { kid: systemIds.uuid() } }),
  'whose kid is a path': () => forged({}, { header: { kid: '../../../../etc/passwd' } }),
  'without a kid': () => forged({}, { header: { kid: undefined } }),
  'of another type': () => forged({}, { header: { typ: 'JWT' } }),
  'with another name of the algorithm': () => forged({}, { header: { alg: 'Ed25519' } }),
  'of another issuer': () => forged({ iss: 'https://api.munim.example.evil' }),
  'for another audience': () => forged({ aud: 'https://other.example' }),
  'without an audience': () => forged({ aud: undefined }),
  'that has ended': () => forged({ exp: seconds() - 6 }),
  'that never ends': () => forged({ exp: undefined }),
  'whose time has not begun': () => forged({ nbf: seconds() + 60 }),
  'of nobody': () => forged({ sub: undefined }),
  'of a user whose id is none': () => forged({ sub: 'usr_root' }),
  'without a session': () => forged({ sid: undefined }),
  'of a client that is none': () => forged({ client_id: 'somebody' }),
  'that is huge': () => forged({ more: 'x'.repeat(3_000) }),
  'with an extension that must be understood': () =>
    signedBy({ alg: 'EdDSA', typ: 'at+jwt', kid: KID, crit: ['b64'], b64: true }, () => 'AA'),
  'that is no token': async () => 'eyJ.eyJ.eyJ',
};
test.each(Object.keys(FORGERIES))('a token %s is refused', async (name) => {
  expect(await codeOf(tokens.read(await FORGERIES[name]!()))).toBe('AUTH_TOKEN_INVALID');
});

test('a changed character anywhere is refused', async () => {
  const { token } = await tokens.issue(holder);
  for (let at = 0; at < token.length - 1; at += 7) {
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
    expect(await codeOf(tokens.read(changed))).toBe('AUTH_TOKEN_INVALID');
  }
});

test('keys that cannot be read are no fault of the token', async () => {
  const broken = createAccessTokens({
    clock,
    ids: systemIds,
    keys: { ...keys, verifying: () => Promise.reject(new Error('Connection terminated unexpectedly')) },
    policies: { now: () => policy, close: () => undefined },
    issuer: ISSUER,
  });
  expect(await codeOf(broken.read(await forged()))).toBe('Error: Connection terminated unexpectedly');
});

test('the keys of the test are of the form that the database has', () => {
  const { x, d } = ours.privateKey.export({ format: 'jwk' });
  const read = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' });
  expect(createPublicKey(read).equals(ours.publicKey)).toBe(true);
});
