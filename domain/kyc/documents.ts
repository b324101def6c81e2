import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { BlobStore } from '../../platform/blobs/store';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { derivedUuid } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { readDocument } from './document-content';
import { KYC_ERRORS } from './errors';
import { latestRecord, type ListedDocument } from './record';
import type { KycRules } from './rules';
import { KYC_DOCUMENT_KEY } from './sealed';

/**
 * Documents of a record. Each is sealed with a key of its own before it leaves for the storage; that key stands sealed
 * in the row. So a rotation of keys seals some bytes anew and no file, and a file without its row is noise. The row
 * comes first: a document whose storing was broken off is found by it, and sent again by its owner.
 */
export interface KycDocuments {
  /**
   * The same file again is the same document. Throws DomainError KYC_DOCUMENT_REFUSED, KYC_DOCUMENTS_FULL,
   * KYC_RECORD_NOT_FOUND, KYC_RECORD_SUBMITTED, SERVICE_UNAVAILABLE.
   */
  add(userId: UserId, document: NewDocument, by?: UserId): Promise<ListedDocument>;
  /** The bytes again. Throws DomainError KYC_DOCUMENT_NOT_FOUND, SERVICE_UNAVAILABLE. */
  open(id: string): Promise<{ type: string; bytes: Buffer; recordId: string }>;
}

export interface NewDocument {
  kind: string;
  bytes: Buffer;
}

export interface KycDocumentsDependencies {
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  rules: KycRules;
  /** Undefined where no storage is set up: then no document is taken. */
  blobs: BlobStore | undefined;
}

const FORM = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

export function createKycDocuments(deps: KycDocumentsDependencies): KycDocuments {
  return {
    add: (userId, document, by = userId) => add(deps, userId, document, by),
    open: (id) => open(deps, id),
  };
}

interface DocumentRow extends ListedDocument {
  state: 'storing' | 'stored' | 'erasing' | 'erased';
  /** Null once it is erased. */
  keySealed: string | null;
  recordId: string;
  sha256: Buffer;
}

const COLUMNS = `id, kind, type, bytes, state, key_sealed as "keySealed", record_id as "recordId",
  content_sha256 as sha256`;

async function add(
  deps: KycDocumentsDependencies,
  userId: UserId,
  { kind, bytes }: NewDocument,
  by: UserId,
): Promise<ListedDocument> {
  const { knex, clock, cipher } = deps;
  const blobs = storageOf(deps);
  const rules = deps.rules.documents(clock.now());
  if (!deps.rules.documentKinds(clock.now()).has(kind))
    throw new DomainError('REQUEST_FIELD_INVALID', {
      detail: `the kind is one of ${[...deps.rules.documentKinds(clock.now())].toSorted().join(', ')}`,
      errors: [{ pointer: '#/kind', code: 'REQUEST_FIELD_INVALID', detail: 'is no kind of document' }],
    });
  const { type, size } = readDocument(bytes, rules);
  const record = await latestRecord(knex, userId);
  if (record === undefined || record.state === 'approved' || record.state === 'returned')
    throw new DomainError(KYC_ERRORS.KYC_RECORD_NOT_FOUND, {
      detail: 'save the details first (PUT /v1/kyc)',
    });
  if (record.state === 'submitted') throw new DomainError(KYC_ERRORS.KYC_RECORD_SUBMITTED);
  const sha256 = createHash('sha256').update(bytes).digest();
  const id = derivedUuid(record.id, `document|${kind}|${sha256.toString('hex')}`);
  await knex.transaction(async (trx) => {
    await requireRoom(trx, { recordId: record.id, id, most: rules.maxDocuments });
    await insertOne(
      trx,
      'kyc_documents',
      {
        id,
        record_id: record.id,
        kind,
        type,
        bytes: bytes.length,
        width: size?.width ?? null,
        height: size?.height ?? null,
        content_sha256: sha256,
        key_sealed: cipher.sealBytes(randomBytes(KEY_BYTES), KYC_DOCUMENT_KEY.place(id)),
        made_at: clock.now(),
        made_by: by,
      },
      'on conflict do nothing',
    );
  });
  const row = (await readRow(knex, id))!;
  if (row.state === 'storing' && row.keySealed !== null) {
    const key = cipher.openBytes(row.keySealed, KYC_DOCUMENT_KEY.place(id));
    await orUnavailable(() => blobs.put(blobKey(id), sealed(bytes, { key, id })));
    await execute(knex, "update kyc_documents set state = 'stored' where id = :id and state = 'storing'", {
      id,
    });
  }
  return { id, kind, type: row.type, bytes: row.bytes };
}

/** Counted under the lock of the record, so that many at once do not pass together. */
async function requireRoom(
  trx: Knex.Transaction,
  { recordId, id, most }: { recordId: string; id: string; most: number },
): Promise<void> {
  const draft = await execute(
    trx,
    "select from kyc_records where id = :recordId and state = 'draft' for no key update",
    { recordId },
  );
  if (draft === 0) throw new DomainError(KYC_ERRORS.KYC_RECORD_SUBMITTED);
  const [count] = await rows<{ others: number }>(
    trx,
    'select count(*)::int4 as others from kyc_documents where record_id = :recordId and id <> :id',
    { recordId, id },
  );
  if (count!.others >= most)
    throw new DomainError(KYC_ERRORS.KYC_DOCUMENTS_FULL, {
      detail: `a record has ${most} documents at most`,
    });
}

async function open(
  deps: KycDocumentsDependencies,
  id: string,
): Promise<{ type: string; bytes: Buffer; recordId: string }> {
  const row = await readRow(deps.knex, id);
  if (row?.state !== 'stored' || row.keySealed === null)
    throw new DomainError(KYC_ERRORS.KYC_DOCUMENT_NOT_FOUND);
  const blob = await orUnavailable(() => storageOf(deps).get(blobKey(id)));
  if (blob === undefined)
    throw new DomainError('INTERNAL_ERROR', { detail: 'the storage has lost a document' });
  const key = deps.cipher.openBytes(row.keySealed, KYC_DOCUMENT_KEY.place(id));
  const bytes = opened(blob, { key, id });
  const sha256 = createHash('sha256').update(bytes).digest();
  if (!sha256.equals(row.sha256))
    throw new DomainError('INTERNAL_ERROR', { detail: 'the storage has another document under this key' });
  return { type: row.type, bytes, recordId: row.recordId };
}

async function readRow(knex: Knex, id: string): Promise<DocumentRow | undefined> {
  const found = await rows<DocumentRow>(knex, `select ${COLUMNS} from kyc_documents where id = :id`, { id });
  return found[0];
}

export const blobKey = (id: string): string => `kyc/${id}`;

function storageOf({ blobs }: KycDocumentsDependencies): BlobStore {
  if (blobs !== undefined) return blobs;
  throw new DomainError('SERVICE_UNAVAILABLE', { detail: 'no storage for documents is set up' });
}

async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new DomainError('SERVICE_UNAVAILABLE', {
      detail: 'the storage of documents does not answer: send the same again',
      retryAfterS: 5,
      cause,
    });
  }
}

/** The id is part of what is checked: a file that is put in the place of another does not open. */
function sealed(bytes: Buffer, { key, id }: { key: Buffer; id: string }): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(id));
  return Buffer.concat([Buffer.from([FORM]), iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function opened(blob: Buffer, { key, id }: { key: Buffer; id: string }): Buffer {
  try {
    if (blob[0] !== FORM || blob.length < 1 + IV_BYTES + TAG_BYTES) throw new Error('another form');
    const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(1, 1 + IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(id));
    decipher.setAuthTag(blob.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(blob.subarray(1 + IV_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new DomainError('INTERNAL_ERROR', { detail: 'a document of the storage does not open' });
  }
}
