/**
 * Bytes by a key, outside of every web root: on a disk or at an S3-compatible storage. What is stored is sealed
 * already; the store knows nothing of what it holds. A key is made by us and holds no name.
 */
export interface BlobStore {
  /** Resolves when it is safely stored. The same key may be written again with the same bytes. */
  put(key: string, bytes: Buffer): Promise<void>;
  /** Undefined where there is none. */
  get(key: string): Promise<Buffer | undefined>;
  /** It may be gone already. */
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}

/** The storage did not do it, or nobody can say: the same call may be made again. It names no key and no address. */
export class BlobStoreError extends Error {}

const KEY = /^[a-z0-9][a-z0-9-]{0,63}(?:\/[a-z0-9][a-z0-9-]{0,63}){0,4}$/;

/** Throws TypeError for a text that could leave its place. */
export function checkBlobKey(key: string): void {
  if (!KEY.test(key)) throw new TypeError('a key of a blob has parts of small letters, digits and -');
}
