import { hash } from 'node:crypto';
import {
  sealedColumn,
  type DigestedColumns,
  type FieldCipher,
  type KeyedDigest,
} from '../../platform/encryption';
import { packed, unpacked } from './packed';

/** The raw bytes of a callback, packed. */
export const CALLBACK_BODY = sealedColumn('callbacks', 'body_sealed');

/** Seals the raw bytes of the callback that is stored under this id. */
export function sealBody(cipher: FieldCipher, raw: Buffer, id: string): string {
  return cipher.seal(packed(raw), CALLBACK_BODY.place(id));
}

/** Opens them again, as they came. Throws an Error that says nothing of the content. */
export function openBody(cipher: FieldCipher, sealed: string, id: string): Buffer {
  return unpacked(cipher.open(sealed, CALLBACK_BODY.place(id)));
}

/** By which the same bytes are known again. */
export const CALLBACK_DIGEST: DigestedColumns = {
  table: 'callbacks',
  columns: ['body_digest'],
  reads: [],
  of: (digest, { body_sealed: body }) => [bodyDigests(digest, unpacked(body!))[0]!],
};

/** Of the raw bytes of a callback, under every key that is valid. */
export function bodyDigests(digest: KeyedDigest, raw: Buffer): readonly Buffer[] {
  return digest.every('callback-body', hash('sha256', raw, 'hex'));
}
