/** `npm run attack`, on a platform in this process: it finds each planted hole, and nothing in the API itself. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { attack } from '../../../scripts/attack/run';
import { nextCode } from '../../../scripts/sample/code';
import { seed } from '../../../scripts/stack/seeding';
import { publicId } from '../../../platform/ids';
import { startPlatform, type Platform } from '../../support/platform';

let p: Platform;
let dir: string;
beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-attack-'));
  p = await startPlatform({
    outboxDir: path.join(dir, 'outbox'),
    workers: ['maintenance'],
    eko: true,
    setu: true,
    razorpay: true,
  });
});
afterAll(async () => {
  await p.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

test('every planted hole is found, and nothing else', async () => {
  const { network } = await seed(p.db, dir, p.c);
  const said: string[] = [];
  const { missed, reports, findings } = await attack({
    apiUrl: p.apiUrl,
    network: network.map(({ userId, apiKey, ...user }) => ({
      ...user,
      user: publicId('user', userId),
      api_key: apiKey,
    })),
    codeOf: (mobile) => nextCode(path.join(dir, 'outbox'), mobile),
    say: (line) => said.push(line),
  });
  expect({ missed, findings }).toEqual({ missed: [], findings: [] });
  expect(reports.map(({ way }) => way)).toHaveLength(7);
  expect(reports.every(({ targets, requests }) => targets > 3 && requests >= targets)).toBe(true);
  expect(said.join('\n')).toContain('does not ask whose it is');
}, 900_000);
