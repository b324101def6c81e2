import type { Knex } from 'knex';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Signer } from '../../platform/signing';
import { isSignedBy } from '../../platform/signing';

/**
 * The head of the audit chain at the end of a business day, signed with a key that the database does not have. Whoever
 * rewrites the chain, or cuts off its end, cannot sign it again; and a head that is kept outside the database shows it
 * even when the heads were taken away as well.
 */
export interface SignedHead {
  /** The business day, `YYYY-MM-DD`, that had ended. */
  day: string;
  /** The links that the chain had, and the hash of the last one. */
  seq: bigint;
  hash: Buffer;
  signedAt: Date;
  keyId: string;
  publicKey: Buffer;
  signature: Buffer;
}

export interface AuditHeads {
  /** Signs the day that has ended, once. Returns true when it did; without a key, never. */
  signEnded(): Promise<boolean>;
}

const DAY_MS = 86_400_000;

export function createAuditHeads({
  knex,
  clock,
  signer,
}: {
  knex: Knex;
  clock: Clock;
  signer: Signer | undefined;
}): AuditHeads {
  return {
    async signEnded() {
      if (signer === undefined) return false;
      const now = clock.now();
      const day = businessDate(addMs(now, -DAY_MS));
      const [last] = await rows<{ seq: bigint; hash: Buffer }>(
        knex,
        `select seq, hash from audit_links where not exists (select from audit_heads where day >= ?::date)
        order by seq desc limit 1`,
        [day],
      );
      if (last === undefined) return false;
      const signature = signer.sign(headText(AUDIT_HEAD, { day, ...last, keyId: signer.keyId }));
      const { keyId, publicKey } = signer;
      const signed = await execute(
        knex,
        `insert into audit_heads (day, seq, hash, signed_at, key_id, public_key, signature)
        values (:day::date, :seq, :hash, :now, :keyId, :publicKey, :signature) on conflict (day) do nothing`,
        { day, ...last, now, keyId, publicKey, signature },
      );
      return signed === 1;
    },
  };
}

/** A chain whose heads are signed. Its name is signed too, so that no head passes for one of another chain. */
export interface HeadedChain {
  readonly signedAs: string;
  readonly table: 'audit_heads' | 'ledger_seal_heads';
}
export const AUDIT_HEAD: HeadedChain = { signedAs: 'munim.audit.head.1', table: 'audit_heads' };
export const LEDGER_HEAD: HeadedChain = { signedAs: 'munim.ledger.head.1', table: 'ledger_seal_heads' };

/** What is signed. */
export function headText(
  { signedAs }: HeadedChain,
  { day, seq, hash, keyId }: Pick<SignedHead, 'day' | 'seq' | 'hash' | 'keyId'>,
): string {
  return [signedAs, day, seq, hash.toString('hex'), keyId].join('\n');
}

/** The heads, the oldest first. */
export function readHeads(
  db: Knex | Knex.Transaction,
  { table }: HeadedChain = AUDIT_HEAD,
): Promise<SignedHead[]> {
  return rows<SignedHead>(
    db,
    `select day::text as day, seq, hash, signed_at as "signedAt", key_id as "keyId", public_key as "publicKey", signature
    from ${table} order by day`,
  );
}

/**
 * What is wrong with the signature of a head, in words; undefined when it is good. `known` are public keys that are
 * known from elsewhere than the database, by id.
 */
export function signatureProblem(
  head: SignedHead,
  known: ReadonlyMap<string, Buffer> = new Map(),
  chain: HeadedChain = AUDIT_HEAD,
): string | undefined {
  const ours = known.get(head.keyId);
  if (ours !== undefined && !ours.equals(head.publicKey))
    return `bears the public key of another than our key ${head.keyId}`;
  return isSignedBy(head.publicKey, headText(chain, head), head.signature)
    ? undefined
    : `its signature is not one of the key ${head.keyId} over day, link and hash`;
}

/** One line of a file of heads. */
export function headLine({ day, seq, hash, signedAt, keyId, publicKey, signature }: SignedHead): string {
  return JSON.stringify({
    day,
    links: seq.toString(),
    hash: hash.toString('hex'),
    signed_at: signedAt.toISOString(),
    key: keyId,
    public_key: publicKey.toString('base64'),
    signature: signature.toString('base64'),
  });
}

/** Reads a line of such a file. Throws Error when it is none. */
export function parseHeadLine(line: string): SignedHead {
  try {
    const found = JSON.parse(line) as Record<string, string>;
    const text = (name: string): string => {
      if (typeof found[name] !== 'string') throw new TypeError(name);
      return found[name];
    };
    return {
      day: text('day'),
      seq: BigInt(text('links')),
      hash: Buffer.from(text('hash'), 'hex'),
      signedAt: new Date(text('signed_at')),
      keyId: text('key'),
      publicKey: Buffer.from(text('public_key'), 'base64'),
      signature: Buffer.from(text('signature'), 'base64'),
    };
  } catch {
    throw new Error('a line is no head of the audit chain: munim audit heads writes such a file');
  }
}
