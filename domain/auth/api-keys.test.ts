import { userId } from '../ids/ids';
import { answeringKnex } from '../../test/support/answering-knex';
import * as fc from 'fast-check';
import { createApiKey, createAuthenticator, requireScope, type Caller } from './api-keys';
import { SCOPES } from '../services/services';
import { FakeClock } from '../../platform/clock';
import { DomainError } from '../errors/errors';
import { systemIds } from '../../platform/ids';

const FROM = '192.0.2.1';

/** A database that remembers what was asked of it, and knows the keys whose hash it was given. */
function stubDatabase(
  rowOf: (hash: Buffer) => Partial<Caller & { expiresAt: Date | null }> | undefined = () => undefined,
) {
  const asked: { sql: string; bindings: unknown[] }[] = [];
  const knex = answeringKnex(({ text: sql, values: bindings = [] }) => {
    asked.push({ sql, bindings });
    const hashes = sql.includes('join api_keys') ? hashesOf(bindings[0] as Buffer) : [];
    return hashes.flatMap((hash) => {
      const row = rowOf(hash);
      return row === undefined ? [] : [{ ...row, hash }];
    });
  });
  return {
    knex,
    asked,
    looks: () => asked.filter((a) => a.sql.includes('join api_keys')).length,
  };
}
const HEADER_BYTES = 20;
const HASH_BYTES = 32;
/** The elements of an array that went in binary, each behind its length. */
function hashesOf(array: Buffer): Buffer[] {
  const hashes: Buffer[] = [];
  for (let at = HEADER_BYTES + 4; at < array.length; at += HASH_BYTES + 4)
    hashes.push(array.subarray(at, at + HASH_BYTES));
  return hashes;
}
const make = async (mode: 'live' | 'test' = 'test') => {
  const db = stubDatabase();
  const key = await createApiKey(db.knex, systemIds, {
    userId: userId(systemIds.uuid()),
    mode,
    scopes: SCOPES,
  });
  return { ...key, bindings: db.asked[0]!.bindings };
};
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'fine',
    (error: unknown) => (error as DomainError).code,
  );

describe('API keys', () => {
  it('have a prefix that scanners find, 256 random bits and a checksum', async () => {
    const keys = await Promise.all(Array.from({ length: 50 }, (_, i) => make(i % 2 === 0 ? 'test' : 'live')));
    for (const [i, { secret }] of keys.entries())
      expect(secret).toMatch(
        i % 2 === 0 ? /^mk_test_[A-Za-z0-9_-]{43}[0-9a-z]{6}$/ : /^mk_live_[A-Za-z0-9_-]{43}[0-9a-z]{6}$/,
      );
    expect(new Set(keys.map((k) => k.secret)).size).toBe(50);
  });

  it('P7 are stored as a hash: no more than the first twelve characters of the text are', async () => {
    const { secret, bindings } = await make();
    expect(
      JSON.stringify(bindings.map((b) => (Buffer.isBuffer(b) ? b.toString('latin1') : b))),
    ).not.toContain(secret.slice(0, 13));
    expect(bindings).toContain(secret.slice(0, 12));
  });

  it('that are mistyped are refused without a look at the database', async () => {
    const { secret } = await make();
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: secret.length - 1 }),
        fc.constantFrom(...'Aa0z_-Zm'.split('')),
        async (at, sign) => {
          fc.pre(secret[at] !== sign);
          const db = stubDatabase();
          expect(
            await codeOf(
              createAuthenticator({ knex: db.knex, clock: new FakeClock() }).authenticate(
                secret.slice(0, at) + sign + secret.slice(at + 1),
                FROM,
              ),
            ),
          ).toBe('AUTH_KEY_INVALID');
          expect(db.looks()).toBe(0);
        },
      ),
    );
  });

  it('anything else is refused without a look at the database', async () => {
    const { secret } = await make();
    const db = stubDatabase();
    const authenticator = createAuthenticator({ knex: db.knex, clock: new FakeClock() });
    for (const text of [
      '',
      ' ',
      secret.slice(1),
      `${secret}x`,
      secret.toUpperCase(),
      secret.replace('mk_test', 'mk_live'),
      `mk_test_${'a'.repeat(49)}`,
      '__proto__',
      'null',
      "' or 1=1 --",
    ])
      expect(await codeOf(authenticator.authenticate(text, FROM))).toBe('AUTH_KEY_INVALID');
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect(await codeOf(authenticator.authenticate(text, FROM))).toBe('AUTH_KEY_INVALID');
      }),
    );
    expect(db.looks()).toBe(0);
  });

  it('that are unknown get the same answer, and are looked up once a second', async () => {
    const { secret } = await make();
    const db = stubDatabase();
    const authenticator = createAuthenticator({ knex: db.knex, clock: new FakeClock() });
    for (let i = 0; i < 20; i += 1)
      expect(await codeOf(authenticator.authenticate(secret, FROM))).toBe('AUTH_KEY_INVALID');
    expect(db.looks()).toBe(1);
  });

  it('end when they expire, also while they are remembered', async () => {
    const { secret } = await make();
    const clock = new FakeClock();
    const expiresAt = new Date(clock.now().getTime() + 60_000);
    const db = stubDatabase(() => ({
      userId: userId('u'),
      keyId: systemIds.uuid(),
      scopes: ['wallets:read'],
      expiresAt,
      allowedFrom: null,
      standing: null,
    }));
    const authenticator = createAuthenticator({ knex: db.knex, clock });
    expect(await authenticator.authenticate(secret, FROM)).toMatchObject({ userId: 'u' });
    clock.advance(60_000);
    expect(await codeOf(authenticator.authenticate(secret, FROM))).toBe('AUTH_KEY_INVALID');
    expect(db.looks()).toBe(1);
  });

  it('note their use once a day', async () => {
    const { secret } = await make();
    const db = stubDatabase(() => ({
      userId: userId('u'),
      keyId: systemIds.uuid(),
      scopes: [],
      expiresAt: null,
      allowedFrom: null,
      standing: null,
    }));
    const authenticator = createAuthenticator({ knex: db.knex, clock: new FakeClock() });
    for (let i = 0; i < 5; i += 1) await authenticator.authenticate(secret, FROM);
    expect(db.asked.filter((a) => a.sql.includes('update api_keys'))).toHaveLength(1);
  });

  it('do what their scopes say and no more', () => {
    fc.assert(
      fc.property(fc.subarray([...SCOPES]), fc.constantFrom(...SCOPES), (scopes, wanted) => {
        const caller = { scopes } as unknown as Caller;
        let said = 'fine';
        try {
          requireScope(caller, wanted);
        } catch (error) {
          said = (error as DomainError).code;
        }
        expect(said).toBe(scopes.includes(wanted) ? 'fine' : 'AUTH_SCOPE_MISSING');
      }),
    );
  });
});
