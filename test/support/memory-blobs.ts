import { BlobStoreError, checkBlobKey, type BlobStore } from '../../platform/blobs/store';

/** A storage of a test: what it holds can be looked at and changed, and it can be away. */
export interface MemoryBlobs extends BlobStore {
  readonly held: Map<string, Buffer>;
  isAway: boolean;
}

export function createMemoryBlobs(): MemoryBlobs {
  const held = new Map<string, Buffer>();
  const blobs: MemoryBlobs = {
    held,
    isAway: false,
    async put(key, bytes) {
      checkBlobKey(key);
      if (blobs.isAway) throw new BlobStoreError('away');
      held.set(key, Buffer.from(bytes));
    },
    async get(key) {
      checkBlobKey(key);
      if (blobs.isAway) throw new BlobStoreError('away');
      return held.get(key);
    },
    async delete(key) {
      held.delete(key);
    },
    close: () => Promise.resolve(),
  };
  return blobs;
}
