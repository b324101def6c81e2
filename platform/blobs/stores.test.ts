/** One set of rules for every store. s3rver checks no signature of version 4: a server of the test does. */
import { createHash, createHmac } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import S3rver from 's3rver';
import { createDiskStore } from './disk';
import { createS3Store } from './s3';
import { BlobStoreError, type BlobStore } from './store';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-blobs-'));
const server = new S3rver({
  port: 0,
  address: '127.0.0.1',
  silent: true,
  directory: path.join(root, 's3'),
  configureBuckets: [{ name: 'papers' }],
});
let address: AddressInfo;
let stores: Record<string, BlobStore>;
const s3 = (over: object = {}) =>
  createS3Store({
    endpoint: `http://127.0.0.1:${address.port}`,
    bucket: 'papers',
    region: 'ap-south-1',
    keyId: 'S3RVER',
    secret: 'S3RVER',
    ...over,
  });

beforeAll(async () => {
  address = await server.run();
  stores = { disk: createDiskStore(path.join(root, 'disk')), S3: s3() };
});
afterAll(async () => {
  await Promise.all(Object.values(stores).map((store) => store.close()));
  await server.close();
  fs.rmSync(root, { recursive: true });
});

const KEY = 'kyc/01jxvqexvqexvt0xvqexvqexvq';
const BYTES = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256));

describe.each(['disk', 'S3'])('%s', (name) => {
  it('gives back what was put, byte for byte, until it is deleted', async () => {
    const store = stores[name]!;
    expect(await store.get(KEY)).toBeUndefined();
    await store.put(KEY, BYTES);
    await store.put(KEY, BYTES);
    expect((await store.get(KEY))!.equals(BYTES)).toBe(true);
    await store.delete(KEY);
    await store.delete(KEY);
    expect(await store.get(KEY)).toBeUndefined();
  });
  it.each(['../x', 'a/../../x', '/etc/passwd', 'a//b', 'A', 'a.b', '', 'a/'])(
    'refuses the key %j',
    async (key) => {
      await expect(stores[name]!.put(key, BYTES)).rejects.toThrow(TypeError);
      await expect(stores[name]!.get(key)).rejects.toThrow(TypeError);
    },
  );
});

it('a file of the disk is for its owner alone', async () => {
  await stores.disk!.put('kyc/mode', BYTES);
  const file = path.join(root, 'disk', 'kyc', 'mode');
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.readdirSync(path.dirname(file))).toEqual(['mode']);
});

it('says nothing of keys, addresses or secrets when it fails', async () => {
  const wrong = s3({ keyId: 'nobody' });
  const nowhere = s3({ endpoint: 'http://127.0.0.1:1' });
  const noBucket = s3({ bucket: 'nothing-here' });
  const noDisk = createDiskStore('/dev/null/nowhere');
  for (const [store, said] of [
    [wrong, 'the storage answered 403'],
    [nowhere, 'the storage did not answer: ECONNREFUSED'],
    [noBucket, 'the storage answered 404'],
    [noDisk, 'the disk said ENOTDIR'],
  ] as const) {
    const failure = await store.put(KEY, BYTES).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BlobStoreError);
    expect((failure as Error).message).toBe(said);
    await store.close();
  }
});

it('signs what it sends, body and all, as AWS asks for it', async () => {
  const seen: { good: boolean; method: string }[] = [];
  const judge = http.createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('end', () => {
      const good = req.headers.authorization === expectedAuthorization(req, Buffer.concat(parts));
      seen.push({ good, method: req.method! });
      res.writeHead(good ? 200 : 403).end();
    });
  });
  await new Promise<void>((resolve) => judge.listen(0, '127.0.0.1', resolve));
  const store = s3({ endpoint: `http://127.0.0.1:${(judge.address() as AddressInfo).port}`, secret: SECRET });
  await store.put(KEY, BYTES);
  await store.get(KEY);
  await store.delete(KEY);
  expect(seen).toEqual(['PUT', 'GET', 'DELETE'].map((method) => ({ good: true, method })));
  await store.close();
  const forger = s3({ endpoint: `http://127.0.0.1:${(judge.address() as AddressInfo).port}`, secret: 'x' });
  await expect(forger.get(KEY)).rejects.toThrow('403');
  await forger.close();
  await new Promise((resolve) => judge.close(resolve));
});

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

/** Signature version 4, worked out again from what arrived. */
function expectedAuthorization(req: http.IncomingMessage, body: Buffer): string {
  const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac('sha256', key).update(text).digest();
  const date = req.headers['x-amz-date'] as string;
  const names = /SignedHeaders=([^,]+)/.exec(req.headers.authorization!)![1]!;
  const canonical = [
    req.method,
    req.url,
    '',
    ...names.split(';').map((name) => `${name}:${String(req.headers[name])}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${date.slice(0, 8)}/ap-south-1/s3/aws4_request`;
  const key = scope.split('/').reduce<Buffer | string>(hmac, `AWS4${SECRET}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).toString(
    'hex',
  );
  return `AWS4-HMAC-SHA256 Credential=S3RVER/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}
