import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { BlobStore } from '../../platform/blobs/store';

/**
 * The file of a report: sealed pieces of a MiB, each a blob of its own, so that neither who writes nor who reads it ever
 * has all of it in memory. A piece says whose it is, which it is and whether it is the last: none can be left out, put
 * elsewhere or taken from another try.
 */
export const PIECE_BYTES = 1_048_576;
const FORM = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MORE_BYTES = 1 + IV_BYTES + TAG_BYTES;
export const KEY_BYTES = 32;

/** Which file: of a report, and of the try that made it. */
export interface FileName {
  id: string;
  attemptNo: number;
}

export const pieceKey = ({ id, attemptNo }: FileName, piece: number): string =>
  `reports/${id}/${attemptNo}/${piece}`;

const placeOf = ({ id, attemptNo }: FileName, piece: number, isLast: boolean): Buffer =>
  Buffer.from(`report|${id}|${attemptNo}|${piece}|${isLast ? 'last' : 'more'}`);

/** What a file came to. */
export interface Written {
  pieces: number;
  bytes: number;
  sha256: Buffer;
}

/** A file that is being written, sealed, on this machine: nothing is sent anywhere while the books are read. */
export interface Spool {
  write(part: string | Buffer): Promise<void>;
  end(): Promise<Written>;
  /** The sealed bytes of a piece, after the end. */
  piece(number: number): Promise<Buffer>;
  remove(): Promise<void>;
}

export async function createSpool(name: FileName, key: Buffer): Promise<Spool> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'munim-report-'));
  const handle = await fs.open(path.join(folder, 'sealed'), 'wx+', 0o600);
  const hash = createHash('sha256');
  let held: Buffer[] = [];
  let [heldBytes, bytes, pieces, lastBytes] = [0, 0, 0, 0];
  const seal = async (plain: Buffer, isLast: boolean): Promise<void> => {
    await handle.write(sealed(plain, key, placeOf(name, pieces, isLast)));
    lastBytes = plain.length;
    pieces += 1;
  };
  return {
    async write(part) {
      const given = typeof part === 'string' ? Buffer.from(part) : part;
      hash.update(given);
      bytes += given.length;
      held.push(given);
      heldBytes += given.length;
      // one byte more is kept, so that the last piece is never empty
      while (heldBytes > PIECE_BYTES) {
        const all = Buffer.concat(held);
        await seal(all.subarray(0, PIECE_BYTES), false);
        held = [all.subarray(PIECE_BYTES)];
        heldBytes = all.length - PIECE_BYTES;
      }
    },
    async end() {
      await seal(Buffer.concat(held), true);
      held = [];
      return { pieces, bytes, sha256: hash.digest() };
    },
    async piece(number) {
      const length = MORE_BYTES + (number === pieces - 1 ? lastBytes : PIECE_BYTES);
      const { buffer } = await handle.read(
        Buffer.alloc(length),
        0,
        length,
        number * (PIECE_BYTES + MORE_BYTES),
      );
      return buffer;
    },
    async remove() {
      await handle.close();
      await fs.rm(folder, { recursive: true, force: true });
    },
  };
}

/** The file again, piece after piece. Throws Error for a piece that is missing or is not the one that was put there. */
export async function* openFile(
  blobs: BlobStore,
  name: FileName,
  { key, pieces }: { key: Buffer; pieces: number },
): AsyncGenerator<Buffer> {
  for (let piece = 0; piece < pieces; piece += 1) {
    const blob = await blobs.get(pieceKey(name, piece));
    if (blob === undefined) throw new Error('the storage has lost a piece of a report');
    yield opened(blob, key, placeOf(name, piece, piece === pieces - 1));
  }
}

/** It may be gone in part already. */
export async function deletePieces(blobs: BlobStore, name: FileName, pieces: number): Promise<void> {
  for (let piece = 0; piece < pieces; piece += 1) await blobs.delete(pieceKey(name, piece));
}

function sealed(plain: Buffer, key: Buffer, place: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(place);
  return Buffer.concat([Buffer.from([FORM]), iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function opened(blob: Buffer, key: Buffer, place: Buffer): Buffer {
  try {
    if (blob[0] !== FORM || blob.length < MORE_BYTES) throw new Error('another form');
    const iv = blob.subarray(1, 1 + IV_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(place);
    decipher.setAuthTag(blob.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(blob.subarray(1 + IV_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new Error('a piece of a report does not open');
  }
}
