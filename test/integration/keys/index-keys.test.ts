/**
 * While a blind index key is replaced, processes that write with the old one and with the new one work side by
 * side, and nobody is another person, no capture is new and no count begins again for it. `behind` knows the new
 * key and writes with the old one; `ahead` the other way round; `after` has the new one alone.
 */
import { createStaffAccess } from '../../../domain/access/access';
import { randomBytes, randomUUID } from 'node:crypto';
import { createKeyOperations } from '../../../domain/keys/operations';
import { createKeyRotation } from '../../../domain/keys/rotation';
import { keyedTables } from '../../../domain/keys/tables';
import type { Person } from '../../../domain/approvals/approvals';
import { userId } from '../../../domain/ids/ids';
import { createAcceptRecharges, type AcceptRechargesDependencies } from '../../../domain/recharge/accept';
import { createSenders, type SenderDependencies } from '../../../domain/dmt/senders';
import { phoneDigests } from '../../../domain/otp/rules';
import { digestedColumns, sealedColumns } from '../../../domain/services/sealed';
import { ALL_SERVICES } from '../../../domain/services/services';
import type { PayoutRequest } from '../../../domain/payouts/payout';
import { execute, rows } from '../../../platform/database';
import { createFieldCipher, type DigestKey } from '../../../platform/encryption';
import { compareKeys, listKeys, nameOfIndexKey, printOfDigest } from '../../../platform/key-fingerprints';
import { createOtpTries } from '../../../domain/otp/tries';
import { createCaptures } from '../../../domain/captures/captures';
import type { AppUser } from '../../../domain/users/users';
import { callbackBody, signedHeaders } from '../../support/scripted-connector';
import { createWorld, startProcess, type DomainProcess, type World } from '../../support/world';

const TABLES = keyedTables(sealedColumns(ALL_SERVICES), digestedColumns(ALL_SERVICES));
const ADMIN: Person = { userId: userId(randomUUID()), role: 'admin' };
const OLD: DigestKey = { key: randomBytes(32), since: new Date('2025-01-01T00:00:00Z') };

let world: World;
let NEW: DigestKey;
let processes: DomainProcess[];
let behind: DomainProcess;
let ahead: DomainProcess;
let user: AppUser;
const encryption = { keys: new Map([['k1', randomBytes(32)]]), activeKid: 'k1' };

async function start(...digests: readonly DigestKey[]): Promise<DomainProcess> {
  const started = await startProcess({
    ...world.settings,
    connections: 3,
    keys: { ...world.settings.keys, encryption, digests },
  });
  processes.push(started);
  return started;
}

beforeEach(async () => {
  world = await createWorld({ start: '2026-11-20T06:30:00Z' });
  NEW = { key: randomBytes(32), since: world.clock.now() };
  processes = [];
  behind = await start(OLD, NEW);
  ahead = await start(NEW, OLD);
  user = await world.user(1_000_000_000n);
});
afterEach(async () => {
  await Promise.all(processes.map((p) => p.close()));
  await world.close();
});

const request = (over: Partial<PayoutRequest> = {}): PayoutRequest => ({
  amountPaise: 150_000n,
  currency: 'INR',
  mode: 'IMPS',
  reference: `ref-${randomUUID().slice(0, 18)}`,
  beneficiary: {
    name: 'One Person',
    account: { kind: 'bank', accountNumber: '000111220000', ifsc: 'HDFC0000053' },
  },
  ...over,
});
const accept = (p: DomainProcess, what: PayoutRequest, key: string = randomUUID()) =>
  p.acceptPayouts.accept(
    { ...user, keyId: 'key', scopes: ['payouts:write'], services: ['payout'], role: 'retailer' },
    key,
    what,
  );
const codeOf = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'fine',
    (error: { code: string }) => error.code,
  );

async function rotate(): Promise<void> {
  const keys = createKeyOperations({ ...ahead, access: createStaffAccess(ahead), tables: TABLES });
  await keys.begin({ reason: 'a test', by: ADMIN });
  const rotation = createKeyRotation({ ...ahead, tables: TABLES });
  for (let round = 0; round < 200 && (await keys.status())!.finishedAt === null; round++) {
    await rotation.work();
    world.clock.advance(1);
  }
  expect((await keys.status())!.finishedAt).not.toBeNull();
}

test('a beneficiary is one, whoever stores it first, and at the same instant', async () => {
  const first = await start(OLD);
  await accept(first, request());
  await accept(ahead, request());
  await accept(behind, request());
  const crowd = Array.from({ length: 12 }, (_, i) =>
    accept(
      i % 2 === 0 ? ahead : behind,
      request({
        mode: 'UPI',
        beneficiary: { name: 'Another Person', account: { kind: 'vpa', address: 'another@okbank' } },
      }),
    ),
  );
  await Promise.all(crowd);
  const count = (): Promise<{ count: number }[]> =>
    rows<{ count: number }>(world.knex, 'select count(*)::int as count from beneficiaries');
  expect(await count()).toEqual([{ count: 2 }]);
  await rotate();
  await accept(await start(NEW), request());
  expect(await count()).toEqual([{ count: 2 }]);
});

test('a sender is one, whoever looks first, and at the same instant', async () => {
  const look = (p: DomainProcess) =>
    createSenders({ ...p, desk: { provider: 'testpay' } } as unknown as SenderDependencies).look(
      user.userId,
      '9876543210',
    );
  const seen = await Promise.all([0, 1, 2, 3, 4, 5].map((i) => look(i % 2 === 0 ? ahead : behind)));
  await rotate();
  seen.push(await look(ahead), await look(await start(NEW)));
  expect(new Set(seen.map(({ id }) => id)).size).toBe(1);
});

test('a repeat is the same request under either key, and never another payment', async () => {
  const what = request();
  const key = randomUUID();
  const first = await accept(await start(OLD), what, key);
  for (const p of [behind, ahead])
    expect(await accept(p, what, key)).toMatchObject({ id: first.id, body: first.body, replayed: true });
  await rotate();
  expect(await codeOf(accept(await start(NEW), what, key))).toBe('IDEMPOTENCY_KEY_REUSED');
  expect(await rows(world.knex, 'select 1 as one from transactions')).toHaveLength(1);
});

test('a capture that was used under one key is used', async () => {
  const pid = (data: string): string =>
    `<PidData><Resp errCode="0"/><Data type="X">${Buffer.from(data).toString('base64')}</Data></PidData>`;
  const [a, b] = [createCaptures(behind), createCaptures(ahead)];
  const use = (captures: typeof a, data: string) =>
    codeOf(captures.use(world.knex, captures.digestOf(pid(data))));
  expect(await use(a, 'one')).toBe('fine');
  expect(await use(b, 'one')).toBe('CAPTURE_USED');
  const both = await Promise.all([use(a, 'two'), use(b, 'two'), use(a, 'two'), use(b, 'two')]);
  expect(both.toSorted()).toEqual(['CAPTURE_USED', 'CAPTURE_USED', 'CAPTURE_USED', 'fine']);
  expect(await use(createCaptures(await start(NEW)), 'one')).toBe('CAPTURE_USED');
});

test('tries of one-time passwords go on being counted when the old key goes', async () => {
  const tryOnce = async (p: DomainProcess): Promise<string> => {
    const phones = phoneDigests(p.digest, '9876543210');
    return codeOf(createOtpTries(p).take('dmt_transfer', { phones, caller: user.userId }, { n: 1 }));
  };
  expect([await tryOnce(behind), await tryOnce(ahead), await tryOnce(behind)]).toEqual([
    'fine',
    'fine',
    'fine',
  ]);
  const after = await start(NEW);
  const codes = [await tryOnce(after), await tryOnce(after), await tryOnce(after)];
  expect(codes).toEqual(['fine', 'fine', 'OTP_TRIES_USED_UP']);
});

test('the bytes of a callback are known again under another event id', async () => {
  const body = callbackBody({ event: 'payout.updated' });
  const receive = (p: DomainProcess, event: string) =>
    p.callbackReceiver.receive('testpay', signedHeaders(event), body);
  expect(await receive(await start(OLD), 'event-1')).toMatchObject({ duplicate: false });
  expect(await receive(ahead, 'event-2')).toMatchObject({ duplicate: true });
  await rotate();
  expect(await receive(await start(NEW), 'event-3')).toMatchObject({ duplicate: true });
});

test('the same recharge is suspected under either key, also at the same instant', async () => {
  const acceptanceOf = (p: DomainProcess) =>
    createAcceptRecharges({
      ...p,
      cipher: createFieldCipher(encryption),
      rules: { route: () => ({ provider: 'testpay' }), policy: () => ({ duplicateWindowMs: 600_000 }) },
      desk: { check: () => Promise.resolve() },
    } as unknown as AcceptRechargesDependencies);
  const [a, b] = [acceptanceOf(behind), acceptanceOf(ahead)];
  const ask = (acceptance: typeof a, mobile: string) =>
    codeOf(
      acceptance.accept(
        { ...user, keyId: 'key', scopes: ['recharge:write'], services: ['recharge'], role: 'retailer' },
        randomUUID(),
        {
          mobile,
          operator: 'jio',
          circle: 'Karnataka',
          amountPaise: 29_900n,
          currency: 'INR',
          reference: `r-${randomUUID().slice(0, 20)}`,
          force: false,
        },
      ),
    );
  expect(await ask(a, '9876500001')).toBe('fine');
  expect(await ask(b, '9876500001')).toBe('RECHARGE_DUPLICATE_SUSPECTED');
  const both = await Promise.all([ask(a, '9876500002'), ask(b, '9876500002')]);
  expect(both.toSorted()).toEqual(['RECHARGE_DUPLICATE_SUSPECTED', 'fine']);
});

test('what is counted by the month is counted under one key until the month is over', () => {
  const november = new Date('2026-11-30T18:29:59Z'); // 23:59:59 in India
  const december = new Date('2026-11-30T18:30:00Z');
  const under = (p: DomainProcess, at: Date): string => p.digest.inMonthOf(at, 'x', 'y').toString('hex');
  expect(under(behind, november)).toBe(under(ahead, november));
  expect(under(behind, december)).toBe(under(ahead, december));
  expect(under(ahead, december)).not.toBe(under(ahead, november));
  expect(under(ahead, december)).toBe(ahead.digest('x', 'y').toString('hex'));
});

test('the old key is forgotten after a rotation, and when the month that it counts is over', async () => {
  const fingerprints = { ...encryption, encryption: encryption.keys, cursor: randomBytes(32) };
  expect(await compareKeys(world.knex, { ...fingerprints, blindIndexes: [OLD.key] })).toEqual([]);
  expect(await compareKeys(world.knex, { ...fingerprints, blindIndexes: [OLD.key, NEW.key] })).toEqual([]);
  await execute(
    world.knex,
    `update key_fingerprints set first_seen_at = case name when 'blind_index' then ?::timestamptz else ?::timestamptz end`,
    [OLD.since, NEW.since],
  );
  const [old, next] = (await listKeys(world.knex)).filter(({ keptAs }) => keptAs.startsWith('blind_index'));
  const keys = createKeyOperations({ ...ahead, access: createStaffAccess(ahead), tables: TABLES });
  const forget = (name: string) => codeOf(keys.forget(name, { reason: 'a test', by: ADMIN }));
  const needed = async (name: string) => (await keys.check()).find(({ key }) => key === name)!.neededFor;
  expect(await needed(old!.name)).toContain('no rotation');
  await rotate();
  expect(await needed(old!.name)).toContain('limits of 2026-11');
  expect(await forget(old!.name)).toBe('KEY_STILL_NEEDED');
  world.clock.advance(11 * 86_400_000);
  expect(await needed(old!.name)).toBeUndefined();
  expect(await forget(next!.name)).toBe('KEY_STILL_NEEDED');
  expect(await forget(old!.name)).toBe('fine');
  expect(await forget(next!.name)).toBe('KEY_STILL_NEEDED'); // it is the only one
  expect(await compareKeys(world.knex, { ...fingerprints, blindIndexes: [NEW.key] })).toEqual([]);
});

test('keys for the next rotation cannot be forgotten: the one before says nothing of them', async () => {
  const first = { encryption: encryption.keys, blindIndexes: [OLD.key, NEW.key], cursor: randomBytes(32) };
  expect(await compareKeys(world.knex, first)).toEqual([]);
  await rotate();
  const keys = createKeyOperations({ ...ahead, access: createStaffAccess(ahead), tables: TABLES });
  const names = async () => (await listKeys(world.knex)).map(({ name }) => name);
  const old = (await names()).find((name) => name === nameOfIndexKey(printOfDigest(behind.digest)))!;
  world.clock.advance(365 * 86_400_000);
  await keys.forget(old, { reason: 'a test', by: ADMIN });
  const straggler = { ...first, blindIndexes: [NEW.key, OLD.key] };
  expect(await compareKeys(world.knex, straggler)).toEqual([]); // that still has it brings it back
  await keys.forget(old, { reason: 'a test', by: ADMIN });
  const before = await names();
  const next = {
    ...first,
    encryption: new Map([...encryption.keys, ['k2', randomBytes(32)]]),
    blindIndexes: [NEW.key, randomBytes(32)],
  };
  expect(await compareKeys(world.knex, next)).toEqual([]);
  const added = (await names()).filter((name) => !before.includes(name));
  expect(added).toEqual([expect.stringMatching(/^index-/), 'encryption:k2']);
  for (const name of added) {
    const key = name.replace('encryption:', '');
    expect((await keys.check()).find((one) => one.key === key)!.neededFor).toContain('no rotation from it');
    expect(await codeOf(keys.forget(key, { reason: 'a test', by: ADMIN }))).toBe('KEY_STILL_NEEDED');
  }
});
