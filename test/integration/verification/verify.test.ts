/**
 * Verification: green on a world of every kind of transaction, and red, with the offender's name, for each
 * way in which the data can be wrong.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isGreen, verifyPromises } from '../../../domain/verification/verify';
import { rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { createQueues, claimBackend, prepareQueues, type QueueSettings } from '../../../platform/queue';
import { silentLog } from '../../../platform/logger';
import { runVerification } from '../../../scripts/verify/run';
import { queueBackends, redisPrefix, redisUrl } from '../../support/redis';
import { succeeded } from '../../support/scripted-connector';
import { waitingForLocks } from '../../support/lock-waits';
import { until } from '../../support/until';
import { broken, createVerifiedWorld, found, nowhere, PLANTED, type Ids } from '../../support/verified-world';
import type { World } from '../../support/world';

const AEPS = ['credited-in-time', 'customer-day', 'withdrawal-otp', 'enquiry-commission'];
const SETTLEMENT = [
  'settlement-debited',
  'settlement-ended',
  'settlement-on-its-way',
  'tax-posted',
  'tds-remitted',
  'tds-summed',
  ...['gst-supply', 'gst-payable', 'gst-invoice', 'gst-note', 'gst-lines'],
  ...['break-booked', 'break-losses'],
];
const COMMISSION = [
  'commission-earned',
  'commission-share',
  'commission-due',
  'commission-posted',
  'commission-mirrored',
  'commission-taxed',
];
const SEAL = ['ledger-signatures', 'ledger-seal', 'ledger-sealed-whole', 'ledger-heads'];
const AUDIT = ['audit-signatures', 'audit-chain', 'audit-linked', 'audit-heads'];
let world: World;
let ids: Ids;

beforeAll(async () => {
  ({ world, ids } = await createVerifiedWorld());
});
afterAll(async () => {
  await world.close();
});

it('is green on legal data, with the transactions of every kind, and says what was not checked', async () => {
  const kinds = await rows<{ state: string }>(
    world.knex,
    'select distinct state from transactions order by state',
  );
  expect(kinds.map((k) => k.state)).toEqual([
    'accepted',
    'dispatched',
    'failed',
    'held',
    'in_review',
    'reversed',
    'succeeded',
  ]);
  const report = await verifyPromises(world.knex, nowhere);
  expect(report.findings.filter((f) => (f.result?.violations ?? 0) > 0)).toEqual([]);
  expect(isGreen(report)).toBe(true);
  expect(report.findings.filter((f) => f.result === undefined).map((f) => f.name)).toEqual([
    'accepted-stored',
    'planted-tables',
    'planted-jobs',
    'jobs-ids-only',
    'planted-logs',
  ]);
  expect(
    report.findings.filter((f) => f.result !== undefined && f.result.rowsChecked === 0).map((f) => f.name),
    // no AEPS here, no collection, no night, nothing between wallets, and nobody decided anything or signed in
  ).toEqual([
    ...[
      ...COMMISSION,
      ...SETTLEMENT,
      'dispute-ended',
      'wallet-transfers',
      'dispute-held',
      'beneficiary-capped',
    ],
    ...[...AEPS, 'dispute-claims', 'payout-file-lines', 'payout-file-counted'],
    ...['beneficiary-listed', 'one-collection-for-an-order', 'decided-by-two', 'collected-when-asked'],
    ...[...AUDIT, ...SEAL],
  ]);
});

it('is green with everything checked', async () => {
  async function* texts() {
    yield { place: 'job 1', text: '{"ids":[]}', isIdsOnly: true };
  }
  const report = await verifyPromises(world.knex, {
    accepted: Object.values(ids),
    planted: PLANTED,
    jobs: texts(),
    logs: texts(),
  });
  expect(report.findings.filter((f) => f.result === undefined || f.result.violations > 0)).toEqual([]);
});

it('stays green beside a ledger that never rests', async () => {
  const user = await world.user(1_000_000_000n);
  const work = { done: false, batches: 0 };
  world.connector.onSend = () => succeeded();
  const busy = (async () => {
    for (; !work.done; work.batches += 1) {
      const batch = await Promise.all(Array.from({ length: 10 }, () => world.accept(user)));
      await world.first.holds.hold(batch);
      await world.first.sender.send(batch);
      await world.first.settler.settle(batch);
    }
  })();
  const reports = [];
  while (work.batches < 6) reports.push(await verifyPromises(world.knex, nowhere));
  work.done = true;
  await busy;
  expect(reports.flatMap((r) => r.findings.filter((f) => (f.result?.violations ?? 0) > 0))).toEqual([]);
});

it('sees one moment: what is committed while it looks is not there yet', async () => {
  const user = await world.user(1_000_000n);
  const lock = await world.knex.transaction();
  await lock.raw('lock table ledger_transfers in access exclusive mode');
  const accepted: string[] = [];
  const verifying = verifyPromises(world.knex, { accepted, ...nowhere });
  await until(
    () => waitingForLocks(world.knex),
    (n) => n === 2,
  ); // both connections have begun
  accepted.push(await world.accept(user));
  await lock.rollback();
  expect(found((await verifying).findings, 'accepted-stored').result).toMatchObject({
    rowsChecked: 1,
    violations: 1,
  });
  expect(
    found((await verifyPromises(world.knex, { accepted, ...nowhere })).findings, 'accepted-stored').result!
      .violations,
  ).toBe(0);
});

it('P3: an accepted id that is not stored is named; twenty at most', async () => {
  const lost = Array.from({ length: 25 }, () => systemIds.uuid());
  const { findings } = await verifyPromises(world.knex, {
    accepted: [...Object.values(ids), ...lost],
    ...nowhere,
  });
  expect(found(findings, 'accepted-stored').result).toMatchObject({ rowsChecked: 35, violations: 25 });
  expect(found(findings, 'accepted-stored').result!.offenders).toHaveLength(20);
  expect(lost.map((id) => `transaction ${id}`)).toEqual(
    expect.arrayContaining(found(findings, 'accepted-stored').result!.offenders.map((o) => o.id)),
  );
});

describe('P7: a planted value', () => {
  it.each([
    [
      'a text column',
      () =>
        `update transactions set status_reason = 'paid to ${PLANTED[0]!.toLowerCase()}' where id = '${ids.failed}'`,
      'transactions',
      'status_reason',
    ],
    [
      'a JSON column',
      () => `update callbacks set headers = '{"x": ["${PLANTED[1]!}"]}'`,
      'callbacks',
      'headers',
    ],
    [
      'a list of texts',
      () =>
        `
          insert into api_keys (id, user_id, prefix, secret_hash, scopes)
          values (gen_random_uuid(), gen_random_uuid(), 'p', sha256('x'), array['a', '${PLANTED[2]!}'])`,
      'api_keys',
      'scopes',
    ],
    [
      'bytes',
      () =>
        `update dispatch_attempts set body_hash = ('x${PLANTED[1]!}' || repeat('x', 13))::bytea where transaction_id = '${ids.dispatched}'`,
      'dispatch_attempts',
      'body_hash',
    ],
  ])('is found in %s', async (_where, sql, table, column) => {
    const { result } = found(await broken(world.knex, sql(), [], { planted: PLANTED }), 'planted-tables');
    expect(result!.violations).toBeGreaterThan(0);
    expect(result!.offenders[0]).toEqual({
      id: expect.stringMatching(new RegExp(`^${table} [0-9a-f-]{36}( 1)?$`)),
      detail: `${column} holds a planted value`,
    });
    expect(JSON.stringify(result)).not.toContain(PLANTED[1]);
  });

  it('is not looked for when it is too short to mean anything', async () => {
    await expect(verifyPromises(world.knex, { planted: ['1234'], ...nowhere })).rejects.toThrow(
      /at least 6 characters/,
    );
  });
});

describe.each(queueBackends())('P7: jobs and logs, queues on %s', (backend) => {
  const logs = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-verify-'));
  afterAll(() => {
    fs.rmSync(logs, { recursive: true, force: true });
  });

  it('finds planted values in job payloads and results and in logs, and jobs that hold more than ids', async () => {
    const settings: QueueSettings = {
      backend,
      databaseUrl: world.database.url,
      redisUrl: backend === 'redis' ? redisUrl() : undefined,
      prefix: redisPrefix(),
    };
    await world.knex.raw('delete from queue_backend');
    await claimBackend(world.knex, settings);
    if (backend === 'postgres') await prepareQueues(world.knex, ['hold']);
    const log = path.join(logs, 'api.log');
    fs.writeFileSync(log, '{"msg":"ready"}\n{"msg":"sent"}\n');
    const target = {
      databaseUrl: settings.databaseUrl,
      redisUrl: settings.redisUrl,
      queuePrefix: settings.prefix,
      logFiles: [log],
    };
    const look = async () =>
      (await runVerification(target, { planted: PLANTED })).findings
        .filter((f) => /jobs|logs/.test(f.name))
        .map((f) => [f.name, f.result?.violations]);

    const queues = createQueues(settings, { log: silentLog });
    try {
      await queues.add('hold', [{ name: 'transaction-hold', id: 'one', data: { ids: [ids.held] } }], {
        timeoutMs: 5_000,
      });
      expect(await look()).toEqual([
        ['planted-jobs', 0],
        ['jobs-ids-only', 0],
        ['planted-logs', 0],
      ]);

      await queues
        .handle('hold')
        .add('transaction-hold', { ids: [ids.held], name: PLANTED[0] }, { jobId: 'two' });
      await queues.handle('hold').add('transaction-hold', { ids: ['everything'] }, { jobId: 'three' });
      fs.appendFileSync(log, `{"msg":"paid to ${PLANTED[2]!}"}\n`);
      const seen = await look();
      expect(seen.slice(1)).toEqual([
        ['jobs-ids-only', 2],
        ['planted-logs', 1],
      ]);
      expect(seen[0]![1]).toBeGreaterThan(0);
      const { findings } = await runVerification(target, { planted: PLANTED });
      expect(found(findings, 'planted-logs').result!.offenders).toEqual([
        { id: 'api.log line 3', detail: 'holds a planted value' },
      ]);
      expect(
        found(findings, 'jobs-ids-only')
          .result!.offenders.map((o) => o.id)
          .toString(),
      ).toMatch(/three/);
    } finally {
      await queues.empty(['hold']);
      await queues.close();
    }
  });
});

it('says so when the queues are where it cannot look', async () => {
  await world.knex.raw(
    `delete from queue_backend; insert into queue_backend (backend, identity) values ('redis', 'elsewhere')`,
  );
  const target = {
    databaseUrl: world.database.url,
    redisUrl: undefined,
    queuePrefix: undefined,
    logFiles: 'no logs',
  };
  const { findings } = await runVerification(target, { planted: PLANTED });
  expect(found(findings, 'planted-jobs')).toMatchObject({
    result: undefined,
    note: 'the queues are on Redis: set REDIS_URL',
  });
  expect(found(findings, 'planted-logs')).toMatchObject({ result: undefined, note: 'no logs' });
});
