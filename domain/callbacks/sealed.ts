import { hash } from 'node:crypto';
import { sealedColumn, type DigestedColumns, type KeyedDigest } from '../../platform/encryption';

/** The raw bytes of a callback, as they came. */
export const CALLBACK_BODY = sealedColumn('callbacks', 'body_sealed');

/** By which the same bytes are known again. */
export const CALLBACK_DIGEST: DigestedColumns = {
  table: 'callbacks',
  columns: ['body_digest'],
  reads: [],
  of: (digest, { body_sealed: body }) => [bodyDigests(digest, Buffer.from(body!, 'latin1'))[0]!],
};

/** Of the raw bytes of a callback, under every key that is valid. */
export function bodyDigests(digest: KeyedDigest, raw: Buffer): readonly Buffer[] {
  return digest.every('callback-body', hash('sha256', raw, 'hex'));
}
