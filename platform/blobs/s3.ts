import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { Agent, request, type Dispatcher } from 'undici';
import { BlobStoreError, checkBlobKey, type BlobStore } from './store';

/** An S3-compatible storage. The bucket stands in the path, as every one of them takes it. */
export interface S3Settings {
  /** `https://s3.ap-south-1.amazonaws.com` */
  endpoint: string;
  bucket: string;
  region: string;
  keyId: string;
  secret: string;
}

const CONNECT_MS = 5_000;
const ANSWER_MS = 20_000;
const CONNECTIONS = 8;
/** More than any document has. */
const MAX_BYTES = 32 * 1_048_576;
/** Reading and writing the same bytes again harms nothing: once more where the storage was away. */
const TRIES = 2;

/** The body is part of what is signed, so that it cannot be changed on its way. */
export function createS3Store(settings: S3Settings): BlobStore {
  const agent = new Agent({
    connections: CONNECTIONS,
    connect: { timeout: CONNECT_MS, minVersion: 'TLSv1.2' },
    headersTimeout: ANSWER_MS,
    bodyTimeout: ANSWER_MS,
  });
  const call = (method: 'PUT' | 'GET' | 'DELETE', key: string, body?: Buffer): Promise<S3Answer> => {
    checkBlobKey(key);
    return repeated(() => send({ settings, agent }, { method, key, body }));
  };
  return {
    async put(key, bytes) {
      expect(await call('PUT', key, bytes), [200]);
    },
    async get(key) {
      const answer = await call('GET', key);
      if (answer.status === 404) return undefined;
      expect(answer, [200]);
      return answer.bytes;
    },
    async delete(key) {
      expect(await call('DELETE', key), [200, 204, 404]);
    },
    close: () => agent.close(),
  };
}

interface S3Answer {
  status: number;
  bytes: Buffer;
}

function expect({ status }: S3Answer, good: readonly number[]): void {
  if (!good.includes(status)) throw new BlobStoreError(`the storage answered ${status}`);
}

async function repeated(once: () => Promise<S3Answer>): Promise<S3Answer> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      const answer = await once();
      if (answer.status < 500 || left === 0) return answer;
    } catch (error) {
      if (left === 0) throw new BlobStoreError(`the storage did not answer: ${codeOf(error)}`);
    }
  }
}

async function send(
  { settings, agent }: { settings: S3Settings; agent: Dispatcher },
  { method, key, body }: { method: 'PUT' | 'GET' | 'DELETE'; key: string; body: Buffer | undefined },
): Promise<S3Answer> {
  const { endpoint, bucket, region, keyId, secret } = settings;
  const signer = new AwsV4Signer({
    method,
    url: `${endpoint.replace(/\/+$/, '')}/${bucket}/${key}`,
    headers: {
      'X-Amz-Content-Sha256': createHash('sha256')
        .update(body ?? '')
        .digest('hex'),
      ...(body === undefined ? {} : { 'Content-Type': 'application/octet-stream' }),
    },
    accessKeyId: keyId,
    secretAccessKey: secret,
    service: 's3',
    region,
  });
  const signed = await signer.sign();
  const answer = await request(signed.url, {
    method,
    headers: Object.fromEntries(signed.headers),
    body: body ?? null,
    dispatcher: agent,
    signal: AbortSignal.timeout(CONNECT_MS + ANSWER_MS),
  });
  return { status: answer.statusCode, bytes: await readAll(answer.body) };
}

async function readAll(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > MAX_BYTES) throw new BlobStoreError('the storage answered too much');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Never its text, which names the address. */
const codeOf = (error: unknown): string => (error as { code?: string }).code ?? 'no code';
