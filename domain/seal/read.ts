import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { pageOf, type Page, type PageAfter } from '../../platform/page';

/** A signed head of the seal of the ledger, to be kept elsewhere too. */
export interface SealHead {
  day: string;
  seq: bigint;
  hash: Buffer;
  signedAt: Date;
  keyId: string;
  publicKey: Buffer;
  signature: Buffer;
}

/** The newest first; `after` is the last day that was shown. */
export async function sealHeads(db: Knex, { limit, after }: PageAfter): Promise<Page<SealHead>> {
  const found = await rows<SealHead>(
    db,
    `select day::text as day, seq, hash, signed_at as "signedAt", key_id as "keyId", public_key as "publicKey", signature
    from ledger_seal_heads where :after::date is null or day < :after::date order by day desc limit :limit`,
    { after: after ?? null, limit: limit + 1 },
  );
  return pageOf(found, limit, ({ day }) => day);
}
