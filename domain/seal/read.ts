import type { Knex } from 'knex';
import { rows } from '../../platform/database';

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

/** The newest first. */
export const sealHeads = (db: Knex, limit: number): Promise<SealHead[]> =>
  rows<SealHead>(
    db,
    `select day::text as day, seq, hash, signed_at as "signedAt", key_id as "keyId", public_key as "publicKey", signature
    from ledger_seal_heads order by day desc limit ?`,
    [limit],
  );
