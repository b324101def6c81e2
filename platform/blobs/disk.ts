import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { BlobStoreError, checkBlobKey, type BlobStore } from './store';

/** For the owner of the process alone. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Files under a directory. Each is written beside its place and put there when it is whole, so that a power cut
 * leaves all of it or nothing.
 */
export function createDiskStore(directory: string): BlobStore {
  const fileOf = (key: string): string => {
    checkBlobKey(key);
    return path.join(directory, ...key.split('/'));
  };
  return {
    async put(key, bytes) {
      const file = fileOf(key);
      await orFailed(async () => {
        await fs.mkdir(path.dirname(file), { recursive: true, mode: DIRECTORY_MODE });
        const beside = `${file}.${randomUUID()}`;
        const handle = await fs.open(beside, 'wx', FILE_MODE);
        try {
          await handle.writeFile(bytes);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await fs.rename(beside, file);
        await syncDirectory(path.dirname(file));
      });
    },
    async get(key) {
      const file = fileOf(key);
      return orFailed(async () => {
        try {
          return await fs.readFile(file);
        } catch (error) {
          if (codeOf(error) === 'ENOENT') return undefined;
          throw error;
        }
      });
    },
    async delete(key) {
      const file = fileOf(key);
      await orFailed(() => fs.rm(file, { force: true }));
    },
    close: () => Promise.resolve(),
  };
}

/** The name of a new file is safe when its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The error of the system names the file. */
async function orFailed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new BlobStoreError(`the disk said ${codeOf(error)}`);
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'nothing';
