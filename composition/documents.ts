import Joi from 'joi';
import { createDiskStore } from '../platform/blobs/disk';
import { createS3Store } from '../platform/blobs/s3';
import type { BlobStore } from '../platform/blobs/store';
import { httpUrl } from '../platform/settings';

/** Where documents are kept: a directory that no web server knows, or an S3-compatible storage. */
export type DocumentStorage =
  | { kind: 'disk'; directory: string }
  | { kind: 's3'; endpoint: string; bucket: string; region: string; keyId: string; secret: string };

export interface DocumentValues {
  MUNIM_DOCUMENTS_DIR?: string;
  MUNIM_DOCUMENTS_S3_ENDPOINT?: string;
  MUNIM_DOCUMENTS_S3_BUCKET?: string;
  MUNIM_DOCUMENTS_S3_REGION?: string;
  MUNIM_DOCUMENTS_S3_KEY_ID?: string;
  MUNIM_DOCUMENTS_S3_SECRET?: string;
}

export const DOCUMENT_SECRETS = ['MUNIM_DOCUMENTS_S3_SECRET'] as const;

const S3 = [
  'MUNIM_DOCUMENTS_S3_ENDPOINT',
  'MUNIM_DOCUMENTS_S3_BUCKET',
  'MUNIM_DOCUMENTS_S3_REGION',
  'MUNIM_DOCUMENTS_S3_KEY_ID',
  'MUNIM_DOCUMENTS_S3_SECRET',
] as const;

/** The five of S3 come together, and not beside a directory. */
export const withDocuments = (schema: Joi.ObjectSchema): Joi.ObjectSchema =>
  schema
    .keys({
      MUNIM_DOCUMENTS_DIR: Joi.string().empty(''),
      MUNIM_DOCUMENTS_S3_ENDPOINT: httpUrl,
      MUNIM_DOCUMENTS_S3_BUCKET: Joi.string().pattern(
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
        'the name of a bucket: 3 to 63 small letters, digits, . and -',
      ),
      MUNIM_DOCUMENTS_S3_REGION: Joi.string().pattern(/^[a-z0-9-]{2,40}$/, 'a region, as ap-south-1'),
      MUNIM_DOCUMENTS_S3_KEY_ID: Joi.string(),
      MUNIM_DOCUMENTS_S3_SECRET: Joi.string(),
    })
    .and(...S3)
    .nand('MUNIM_DOCUMENTS_DIR', 'MUNIM_DOCUMENTS_S3_ENDPOINT');

/** Undefined where no document is taken. */
export function documentStorageOf(values: DocumentValues): DocumentStorage | undefined {
  const { MUNIM_DOCUMENTS_DIR: directory, MUNIM_DOCUMENTS_S3_ENDPOINT: endpoint } = values;
  if (directory !== undefined) return { kind: 'disk', directory };
  if (endpoint === undefined) return undefined;
  return {
    kind: 's3',
    endpoint,
    bucket: values.MUNIM_DOCUMENTS_S3_BUCKET!,
    region: values.MUNIM_DOCUMENTS_S3_REGION!,
    keyId: values.MUNIM_DOCUMENTS_S3_KEY_ID!,
    secret: values.MUNIM_DOCUMENTS_S3_SECRET!,
  };
}

export function createDocumentStore(storage: DocumentStorage | undefined): BlobStore | undefined {
  if (storage === undefined) return undefined;
  return storage.kind === 'disk' ? createDiskStore(storage.directory) : createS3Store(storage);
}

export function redactedDocuments(storage: DocumentStorage | undefined): object | undefined {
  return storage?.kind === 's3' ? { ...storage, secret: '***' } : storage;
}
