import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import type { TokenPolicies } from './policy';
import { TOKEN_KEY } from './sealed';

/**
 * The Ed25519 keys of access tokens. They are rows, the private part sealed: whichever process finds that the next
 * one is due makes it, and publishes it a day before it signs. A key stays published until the last token that it
 * signed has ended.
 */
export interface SigningKeys {
  /** The key that signs now. */
  signing(): Promise<SigningKey>;
  /** A published key; undefined for an id that nobody has. */
  verifying(kid: string): Promise<KeyObject | undefined>;
  /** All published keys (RFC 7517), for whoever checks our tokens without asking us. */
  published(): Promise<PublicJwk[]>;
}

export interface SigningKey {
  kid: string;
  privateKey: KeyObject;
}

export interface PublicJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  alg: 'EdDSA';
  use: 'sig';
  kid: string;
  x: string;
}

export interface SigningKeysDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  policies: TokenPolicies;
}

/** Rows are read again after this long, */
const READ_EVERY_MS = 30_000;
/** and for a token of an unknown key, but no oftener than this: anybody can send one. */
const READ_FOR_UNKNOWN_MS = 1_000;
/** Processes whose clocks differ. */
const CLOCKS_DIFFER_MS = 60_000;

interface Key extends SigningKey {
  number: number;
  publicKey: KeyObject;
  jwk: PublicJwk;
  signsFrom: Date;
}

export function createSigningKeys(deps: SigningKeysDependencies): SigningKeys {
  const { clock } = deps;
  let keys: readonly Key[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    keys = await readInTurn(deps);
    readAt = clock.now().getTime();
  };
  /** Those who find the rows old together read them once. */
  const fresh = (afterMs: number): Promise<void> | undefined => {
    if (clock.now().getTime() - readAt < afterMs) return undefined;
    return (reading ??= read().finally(() => {
      reading = undefined;
    }));
  };

  return {
    async signing() {
      await fresh(READ_EVERY_MS);
      const now = clock.now();
      const due = keys.filter(({ signsFrom }) => signsFrom <= now);
      return due.at(-1) ?? keys[0]!;
    },
    async verifying(kid) {
      await fresh(READ_EVERY_MS);
      const known = keys.find((key) => key.kid === kid);
      if (known !== undefined) return known.publicKey;
      await fresh(READ_FOR_UNKNOWN_MS);
      return keys.find((key) => key.kid === kid)?.publicKey;
    },
    async published() {
      await fresh(READ_EVERY_MS);
      return keys.map(({ jwk }) => jwk);
    },
  };
}

/** The published keys, the oldest first. Makes the next one when it is due. */
async function readInTurn(deps: SigningKeysDependencies): Promise<Key[]> {
  const { keySignsS, keyShownBeforeS, accessS } = deps.policies.now();
  const now = deps.clock.now();
  let keys = await readKeys(deps);
  const newest = keys.at(-1);
  const nextFrom = newest === undefined ? now : addMs(newest.signsFrom, keySignsS * 1_000);
  if (addMs(nextFrom, -keyShownBeforeS * 1_000) <= now) {
    // Where none has signed for long, the next one is shown its time all the same.
    const shown = newest === undefined ? now : addMs(now, keyShownBeforeS * 1_000);
    const signsFrom = nextFrom > shown ? nextFrom : shown;
    await makeKey(deps, { number: (newest?.number ?? 0) + 1, madeAt: now, signsFrom });
    keys = await readKeys(deps);
  }
  const over = addMs(now, -accessS * 1_000 - CLOCKS_DIFFER_MS);
  const published = keys.filter((_, i) => {
    const next = keys[i + 1];
    return next === undefined || next.signsFrom > over;
  });
  const oldest = published[0];
  if (oldest !== undefined && published.length < keys.length)
    await execute(deps.knex, 'delete from token_keys where number < ?', [oldest.number]);
  return published;
}

async function makeKey(
  { knex, ids, cipher }: SigningKeysDependencies,
  { number, madeAt, signsFrom }: { number: number; madeAt: Date; signsFrom: Date },
): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const id = ids.uuid();
  const { d } = privateKey.export({ format: 'jwk' });
  const { x } = publicKey.export({ format: 'jwk' });
  await insertOne(
    knex,
    TOKEN_KEY.table,
    {
      id,
      number,
      public_key: Buffer.from(x!, 'base64url'),
      private_sealed: cipher.seal(d!, TOKEN_KEY.place(id)),
      made_at: madeAt,
      signs_from: signsFrom,
    },
    'on conflict (number) do nothing',
  );
}

interface KeyRow {
  kid: string;
  number: number;
  publicKey: Buffer;
  sealed: string;
  signsFrom: Date;
}

async function readKeys({ knex, cipher }: SigningKeysDependencies): Promise<Key[]> {
  const found = await rows<KeyRow>(
    knex,
    `select id as kid, number, public_key as "publicKey", private_sealed as sealed, signs_from as "signsFrom"
     from token_keys order by number`,
  );
  return found.map(({ sealed, publicKey, ...row }) => {
    const x = publicKey.toString('base64url');
    const d = cipher.open(sealed, TOKEN_KEY.place(row.kid));
    const jwk: PublicJwk = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: row.kid, x };
    return {
      ...row,
      jwk,
      privateKey: createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' }),
      publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    };
  });
}
