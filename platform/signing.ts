import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import type { EncryptionKeys } from './encryption';

/** Signatures by Ed25519 (RFC 8032), whose keys are 32 bytes and whose signatures are 64. */
export interface Signer {
  /** Of the key that signs now. */
  readonly keyId: string;
  readonly publicKey: Buffer;
  sign(message: string): Buffer;
  /** The public keys by id: of the key that signs now, and of those of before. */
  readonly publicKeys: ReadonlyMap<string, Buffer>;
}

/** What stands before the 32 bytes of a key in its DER form (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Keys as `parseEncryptionKeys` reads them; each is the seed of a private key. The first one signs. */
export function createSigner({ keys, activeKid }: EncryptionKeys): Signer {
  const publicKeys = new Map([...keys].map(([id, seed]) => [id, publicOf(privateKey(seed))]));
  const active = privateKey(keys.get(activeKid)!);
  return {
    keyId: activeKid,
    publicKey: publicKeys.get(activeKid)!,
    publicKeys,
    sign: (message) => sign(null, Buffer.from(message, 'utf8'), active),
  };
}

/** Is it the signature of this message under this public key? */
export function isSignedBy(publicKey: Buffer, message: string, signature: Buffer): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    return verify(null, Buffer.from(message, 'utf8'), publicKeyOf(publicKey), signature);
  } catch {
    return false; // 32 bytes that are no point of the curve
  }
}

/** The public key as other programs read it (`openssl pkey -pubin`). */
export function publicKeyPem(publicKey: Buffer): string {
  return publicKeyOf(publicKey).export({ type: 'spki', format: 'pem' }).toString().trim();
}

function publicKeyOf(raw: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, raw]), format: 'der', type: 'spki' });
}

function privateKey(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

function publicOf(key: KeyObject): Buffer {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return Buffer.from(der.subarray(PUBLIC_PREFIX.length));
}
