/**
 * Reports tie out: the trial balance with the books and the balances of the night, the day book with the ledger of that
 * day, registers with their accounts. And each is made once, whole, by whoever comes to it.
 */
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createStaffAccess } from '../../../domain/access/access';
import { createStaffReports, type AskedReport, type ReportView } from '../../../domain/reports/desk';
import { REPORTS } from '../../../domain/reports/catalogue';
import { createReportMaker } from '../../../domain/reports/maker';
import { column, type Report, type ReportForm, type ReportParameters } from '../../../domain/reports/report';
import { createCursors } from '../../../domain/errors/cursor';
import { createCloseStep } from '../../../domain/night/close';
import { createBalancesStep } from '../../../domain/snapshots/snapshots';
import type { AppUser } from '../../../domain/users/users';
import { execute, rows } from '../../../platform/database';
import { publicId } from '../../../platform/ids';
import { createDesk } from '../../support/commissions';
import { runDue } from '../../support/driver';
import { createDmtWorld, type DmtWorld } from '../../support/dmt-world';
import { doNights, nightOf } from '../../support/nights';
import { makeStaff } from '../../support/access';
import { createStaff, type Staff } from '../../support/operations';
import { sentOk } from '../../support/scripted-dmt';
import { succeeded } from '../../support/scripted-connector';
import { until } from '../../support/until';

const DAY_MS = 86_400_000;
const [FIRST, LAST] = ['2026-11-01', '2026-11-03'];
let world: DmtWorld;
let staff: Staff;
let retailer: AppUser;

beforeAll(async () => {
  world = await createDmtWorld({ start: `${FIRST}T06:30:00Z` });
  staff = await createStaff(world);
  retailer = await world.user(2_000_000n);
  const desk = createDesk(staff);
  await desk.scheme('standard', 'all');
  await desk.rule('standard', 'dmt:IMPS', '100-190000:retailer=200;190001-200000:retailer=800', '2026-11-02');
  world.clock.advance(DAY_MS);
  const remitter = await world.remitter(retailer);
  world.connector.onSend = () => sentOk();
  for (let n = 0; n < 2; n += 1) {
    const { parts } = await world.transfer(remitter, [200_000n]);
    await runDue(world.first, [{ job: 'hold', id: parts[0]!, driveNo: 0 }]);
  }
  const payout = await world.accept(retailer, { reference: '=1+1' });
  payouts().onSend = () => succeeded();
  await runDue(world.first, [{ job: 'hold', id: payout, driveNo: 0 }]);
  const left = await world.accept(retailer, { reference: 'left-over' });
  await world.first.holds.hold([left]);
  await world.first.commissions.accruals.run();
  world.clock.advance(DAY_MS);
  await world.first.commissions.payouts.run();
  world.clock.advance(DAY_MS);
  const steps = [createCloseStep(world.first), createBalancesStep({ long: world.first.knex })];
  await doNights(world, nightOf(world.first, steps));
});
afterAll(async () => {
  staff.close();
  await world.close();
});

const payouts = () => world.settings.connector as unknown as { onSend: () => ReturnType<typeof succeeded> };
const cursors = createCursors(Buffer.alloc(32, 7));
const reports = () =>
  createStaffReports({
    ...{ knex: world.first.knex, clock: world.clock, ids: world.first.ids, cursors },
    cipher: world.first.cipher,
    blobs: world.blobs,
    access: createStaffAccess({ knex: world.first.knex }),
  });

const asked = (
  report: string,
  parameters: ReportParameters = {},
  form: ReportForm = 'json',
): AskedReport => ({
  report,
  form,
  parameters,
});
async function makeAll(): Promise<void> {
  for (const { id } of await world.first.reports.due()) await world.first.reports.make(id);
}
async function fileOf(view: ReportView): Promise<Buffer> {
  const { content } = await reports().file(staff.asha, view.id);
  const parts: Buffer[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
}
async function made(report: string, parameters: ReportParameters = {}, form?: ReportForm): Promise<Buffer> {
  const { id } = await reports().ask(staff.asha, asked(report, parameters, form));
  await makeAll();
  const view = await reports().get(staff.asha, id);
  expect([view.status, view.why]).toEqual(['ready', null]);
  return fileOf(view);
}
interface File {
  lines: Record<string, string | number | null>[];
  totals: Record<string, number>;
  line_count: number;
  complete: boolean;
}
const read = async (report: string, parameters?: ReportParameters): Promise<File> =>
  JSON.parse((await made(report, parameters)).toString()) as File;
const DAYS = { from: FIRST, to: LAST };
/** Of an account over all days, credits less debits. */
async function movedOn(code: string): Promise<number> {
  const [found] = await rows<{ paise: bigint | null }>(
    world.knex,
    `select sum(s.day_credits_paise - s.day_debits_paise)::int8 as paise from balance_snapshots s
    join ledger_accounts a on a.id = s.account_id where a.code like ?`,
    [code],
  );
  return Number(found!.paise ?? 0n);
}

test('the trial balance comes to zero, to what the accounts hold, and to the balances of the night', async () => {
  const { lines, totals, complete } = await read('trial_balance', { on: LAST });
  expect(complete).toBe(true);
  expect(totals.debit).toBe(totals.credit);
  const [books] = await rows<{ debit: bigint; kinds: string[] }>(
    world.knex,
    `select sum(greatest(debits_paise - credits_paise, 0))::int8 as debit,
      array_agg(distinct code) filter (where credits_paise <> debits_paise and code not like 'wallet:%') as kinds
    from ledger_accounts`,
  );
  expect(BigInt(totals.debit!)).toBe(books!.debit);
  expect(lines.map(({ account }) => account)).toEqual(
    [...books!.kinds, 'wallet:commission', 'wallet:main'].toSorted(),
  );
  const [held] = await rows<{ paise: bigint }>(
    world.knex,
    `select sum(abs(b))::int8 as paise from (select distinct on (account_id) credits_paise - debits_paise as b
      from balance_snapshots order by account_id, business_date desc) last`,
  );
  expect(totals.debit! + totals.credit!).toBe(Number(held!.paise));
});

test('the day book has each posting of its days once, and of each day what the ledger has', async () => {
  for (const day of [FIRST, '2026-11-02', LAST]) {
    const { totals, line_count: lines } = await read('day_book', { from: day, to: day });
    const [ledger] = await rows<{ paise: bigint; n: number }>(
      world.knex,
      `select sum(amount_paise)::int8 as paise, count(*)::int as n from ledger_transfers
      where (created_at at time zone 'Asia/Kolkata')::date = ?::date`,
      [day],
    );
    expect([day, totals.amount, lines]).toEqual([day, Number(ledger!.paise), ledger!.n]);
  }
  const all = await read('day_book', DAYS);
  const [count] = await rows<{ n: number }>(world.knex, 'select count(*)::int as n from ledger_transfers');
  expect([all.line_count, new Set(all.lines.map(({ line }) => line)).size]).toEqual([count!.n, count!.n]);
});

test('the ledger of an account leads from its opening to its closing balance', async () => {
  const account = `wallet:${publicId('user', retailer.userId)}:main`;
  const { lines, totals } = await read('account_ledger', { from: '2026-11-02', to: '2026-11-02', account });
  expect([lines[0], lines.at(-1)]).toMatchObject([
    { what: 'Opening balance', balance: 2_000_000 },
    { what: 'Closing balance', balance: 2_000_000 + totals.credit! - totals.debit! },
  ]);
  let balance = 2_000_000;
  for (const line of lines.slice(1, -1)) {
    balance += Number(line.credit ?? 0) - Number(line.debit ?? 0);
    expect(line.balance).toBe(balance);
  }
  await expect(
    reports().ask(staff.asha, asked('account_ledger', { ...DAYS, account: 'float:nobody' })),
  ).rejects.toMatchObject({ code: 'REPORT_PARAMETERS_INVALID' });
});

test('profit is what the accounts of income and expense have moved', async () => {
  const moved = (await movedOn('income:%')) + (await movedOn('expense:%'));
  const byService = await read('service_profit', DAYS);
  expect(byService.totals.profit).toBe(moved);
  expect(byService.totals.profit).toBe(byService.totals.income! - byService.totals.expense!);
  const ofUsers = await read('user_profit', DAYS);
  expect(ofUsers.totals).toMatchObject({ income: await movedOn('income:%'), shared: 1_600 });
  expect(ofUsers.lines.map(({ user, service }) => [user, service])).toEqual([
    [publicId('user', retailer.userId), 'dmt'],
    [publicId('user', retailer.userId), 'payout'],
  ]);
});

test('registers of tax come to their accounts, and the commission statement to what the API tells', async () => {
  expect((await read('tds_register', DAYS)).totals).toMatchObject({
    tds: await movedOn('tax:tds-payable'),
    commission: 1_600,
  });
  expect((await read('gst_register', DAYS)).totals).toEqual({
    output: await movedOn('tax:gst-payable'),
    input: -(await movedOn('tax:gst-input')),
  });
  const told = await world.first.commissions.reader.statement(retailer.userId, { from: FIRST, to: LAST });
  const user = publicId('user', retailer.userId);
  const statement = await read('commission_statement', { ...DAYS, user });
  expect(statement.totals).toEqual({
    ...{ earned: told.earned, paid: told.paid, tds: told.tds },
    net: told.paid - told.tds,
  });
  expect(statement.line_count).toBe(told.earnings.length + told.payouts.length);
});

test('what is pending has its age, and what was late its compensation', async () => {
  const pending = await read('pending_ageing');
  expect(pending.lines).toMatchObject([{ age: '2 to 5 days', days: 2, state: 'held', amount: 150_000 }]);
  await execute(
    world.knex,
    `with late as (insert into tat_delays (transaction_id, last_day)
      select id, '2026-11-02' from transactions where state = 'held' returning transaction_id)
    select from late`,
  );
  const late = await read('tat_breaches', DAYS);
  expect(late.lines).toMatchObject([{ last_day: '2026-11-02', days_late: 2, compensation: 0, payer: null }]);
});

test('the summary of reconciliation has each source and day, and the difference that nothing explains', async () => {
  await execute(
    world.knex,
    `insert into recon_runs (id, source_id, business_date, started_at, finished_at, counts, float_paise, provider_paise,
      explained_paise) select gen_random_uuid(), id, '2026-11-02', now(), now(), '{}', 1000, 900, -70
    from recon_sources where name = (select min(name) from recon_sources)`,
  );
  const { lines } = await read('reconciliation_summary', DAYS);
  expect(lines).toMatchObject([
    { day: '2026-11-02', breaks: 0, float: 1_000, provider: 900, explained: -70, unexplained: -30 },
  ]);
});

const BEGINS = { pdf: /^%PDF-/, json: /^\{"object":"report_file"/, csv: /^[a-z_]+,/ } as const;
test('every report is made in every form that it has, and the same bytes again', async () => {
  for (const { name, forms, parameters } of REPORTS)
    for (const form of forms) {
      const given = {
        ...(parameters.from && DAYS),
        ...(parameters.on && { on: LAST }),
        ...(parameters.account && { account: 'bank:escrow' }),
        ...(parameters.user && { user: publicId('user', retailer.userId) }),
      };
      const { id } = await reports().ask(staff.asha, asked(name, given, form));
      await makeAll();
      const view = await reports().get(staff.asha, id);
      expect([name, form, view.status, view.why]).toEqual([name, form, 'ready', null]);
      const file = await fileOf(view);
      expect(createHash('sha256').update(file).digest('hex')).toBe(view.sha256);
      expect(BigInt(file.length)).toBe(view.bytes);
      expect(view.rowsDone).toBe(view.rowsTotal);
      expect(file.toString('latin1')).toMatch(BEGINS[form]);
    }
});

test('CSV: amounts are numbers, and no text is run', async () => {
  const text = (await made('account_ledger', { ...DAYS, account: 'bank:escrow' }, 'csv')).toString();
  const [head, opening, funding, closing, total] = text.trimEnd().split('\r\n');
  expect(head).toBe('time,line,what,other_account,service,transaction,utr,debit,credit,balance');
  expect(opening).toBe(',,Opening balance,,,,,,,0.00');
  expect(funding).toMatch(/^2026-11-01 12:00:00,.*,20000\.00,,-20000\.00$/);
  expect([closing, total]).toEqual([',,Closing balance,,,,,,,-20000.00', 'Total,,,,,,,20000.00,0.00,']);
});

describe('who may have which', () => {
  test('a role has what its permissions say; what somebody else asked for is not there', async () => {
    const support = { role: 'support', email: 'meena@munim.example' } as const;
    const { id: userId } = await makeStaff(world.knex, support);
    const person = { userId, role: support.role };
    expect(await reports().offered(person)).toEqual([]);
    await expect(reports().ask(person, asked('trial_balance', { on: LAST }))).rejects.toMatchObject({
      code: 'REPORT_UNKNOWN',
    });
    const { id } = await reports().ask(staff.asha, asked('pending_ageing'));
    await makeAll();
    await expect(reports().get(staff.ravi, id)).rejects.toMatchObject({ code: 'REPORT_NOT_FOUND' });
    await expect(reports().file(staff.ravi, id)).rejects.toMatchObject({ code: 'REPORT_NOT_FOUND' });
  });

  test('a link is of one report and one account, and ends', async () => {
    const { id } = await reports().ask(staff.asha, asked('pending_ageing'));
    const other = await reports().ask(staff.asha, asked('pending_ageing'));
    expect((await reports().get(staff.asha, id)).link).toBeNull();
    await expect(reports().file(staff.asha, id)).rejects.toMatchObject({ code: 'REPORT_NOT_READY' });
    await makeAll();
    const { link, linkUntil } = await reports().get(staff.asha, id);
    expect((await reports().file(staff.asha, id, link!)).name).toBe('pending-ageing-2026-11-04.json');
    const refused = { code: 'REPORT_LINK_OVER' };
    await expect(reports().file(staff.asha, other.id, link!)).rejects.toMatchObject(refused);
    await expect(
      reports().file(staff.asha, id, link!.slice(0, -2) + (link!.endsWith('AA') ? 'BB' : 'AA')),
    ).rejects.toMatchObject(refused);
    const before = world.clock.now();
    world.clock.set(linkUntil!.toISOString());
    await expect(reports().file(staff.asha, id, link!)).rejects.toMatchObject(refused);
    world.clock.set(before.toISOString());
  });

  test('a user has what they earned, and nothing of others', async () => {
    const own = world.first.ownReports;
    const me = { userId: retailer.userId };
    expect((await own.offered(me)).map(({ name }) => name)).toEqual(['commission_statement']);
    await expect(own.ask(me, asked('trial_balance', { on: LAST }))).rejects.toMatchObject({
      code: 'REPORT_UNKNOWN',
    });
    const stranger = await world.user(0n);
    const given = { ...DAYS, user: publicId('user', retailer.userId) };
    const { id } = await own.ask({ userId: stranger.userId }, asked('commission_statement', given));
    await makeAll();
    const view = await own.get({ userId: stranger.userId }, id);
    expect([view.parameters.user, view.rowsDone]).toEqual([publicId('user', stranger.userId), 0n]);
    await expect(own.get(me, id)).rejects.toMatchObject({ code: 'REPORT_NOT_FOUND' });
  });

  test.each([
    ['trial_balance', {}, 'REPORT_PARAMETERS_INVALID'],
    ['trial_balance', { on: '2026-02-30' }, 'REPORT_PARAMETERS_INVALID'],
    ['trial_balance', { on: LAST, from: FIRST }, 'REPORT_PARAMETERS_INVALID'],
    ['trial_balance', { on: '2026-11-04' }, 'REPORT_DAYS_NOT_CLOSED'],
    ['day_book', { from: '2026-10-31', to: LAST }, 'REPORT_DAYS_NOT_CLOSED'],
    ['tds_register', { from: LAST, to: FIRST }, 'REPORT_PARAMETERS_INVALID'],
    ['commission_statement', { ...DAYS, user: 'usr_nobody' }, 'REPORT_PARAMETERS_INVALID'],
    ['nothing', {}, 'REPORT_UNKNOWN'],
  ])('%s with %j is refused: %s', async (report, parameters: ReportParameters, code) => {
    await expect(reports().ask(staff.asha, asked(report, parameters))).rejects.toMatchObject({ code });
  });
});

describe('made once, wherever somebody dies', () => {
  test.each(['begun', 'read', 'put'] as const)('killed when it was %s', async (point) => {
    const { id } = await reports().ask(staff.asha, asked('day_book', DAYS, 'csv'));
    const blobsBefore = new Set(world.blobs.held.keys());
    let end: () => void = () => undefined;
    const hanging = new Promise<void>((_, reject) => {
      end = () => {
        reject(new Error('killed'));
      };
    });
    let hangs = false;
    const dies = await world.process({
      points: {
        report: (at) => {
          if (at !== point) return undefined;
          hangs = true;
          return hanging;
        },
      },
    });
    await world.first.reports.due();
    const dead = dies.reports.make(id).catch((error: unknown) => error);
    await until(() => Promise.resolve(hangs));
    expect(await world.first.reports.make(id)).toBe(false); // somebody makes it
    await execute(world.knex, `update reports set lease_until = now() - interval '1 s' where id = ?`, [id]);
    expect(await world.first.reports.make(id)).toBe(true);
    const view = await reports().get(staff.asha, id);
    const file = await fileOf(view);
    expect(file.equals(await made('day_book', DAYS, 'csv'))).toBe(true);
    const left = [...world.blobs.held.keys()].filter((key) => !blobsBefore.has(key) && key.includes(id));
    expect(left).toEqual([`reports/${id}/2/0`]);
    end();
    await dead;
    expect((await reports().get(staff.asha, id)).sha256).toBe(view.sha256);
  });

  test('two at once: one makes it', async () => {
    const { id } = await reports().ask(staff.asha, asked('pending_ageing'));
    const other = await world.process();
    const done = await Promise.all([world.first, other].map((p) => p.reports.make(id)));
    expect(done.filter(Boolean)).toHaveLength(1);
  });

  test('the storage is away: it waits, and is given up after five tries', async () => {
    const { id } = await reports().ask(staff.asha, asked('pending_ageing'));
    world.blobs.isAway = true;
    for (let tries = 1; tries <= 5; tries += 1) {
      await expect(world.first.reports.make(id)).rejects.toThrow('away');
      expect((await reports().get(staff.asha, id)).status).toBe(tries < 5 ? 'waiting' : 'failed');
    }
    world.blobs.isAway = false;
    await expect(reports().file(staff.asha, id)).rejects.toMatchObject({ code: 'REPORT_NOT_READY' });
  });

  test('at most five of an account are made at a time', async () => {
    const done = await Promise.allSettled(
      Array.from({ length: 8 }, () => reports().ask(staff.ravi, asked('pending_ageing'))),
    );
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(done.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'REPORTS_TOO_MANY' },
    });
    await makeAll();
  });
});

test('a file ends: its key is destroyed, the storage is emptied, and the row goes after a year', async () => {
  const { id } = await reports().ask(staff.asha, asked('pending_ageing'));
  await makeAll();
  const { expiresAt } = await reports().get(staff.asha, id);
  const before = world.clock.now();
  world.clock.set(expiresAt!.toISOString());
  expect((await reports().get(staff.asha, id)).status).toBe('expired');
  await expect(reports().file(staff.asha, id)).rejects.toMatchObject({ code: 'REPORT_OVER' });
  while ((await world.first.reports.expire(20)) > 0);
  expect([...world.blobs.held.keys()].filter((key) => key.includes(id))).toEqual([]);
  const [row] = await rows<{ state: string; key: string | null }>(
    world.knex,
    'select state, key_sealed as key from reports where id = ?',
    [id],
  );
  expect(row).toEqual({ state: 'over', key: null });
  world.clock.advance(400 * DAY_MS);
  expect(await world.first.retention.step(1_000)).toMatchObject([{ what: 'reports' }]);
  expect(await rows(world.knex, 'select from reports where id = ?', [id])).toEqual([]);
  world.clock.set(before.toISOString());
});

test('a long report takes no more memory than a short one', async () => {
  const LINES = 200_000;
  const long: Report = {
    ...{ name: 'long', title: 'Long', summary: 'for a test', permission: 'books.read', parameters: {} },
    forms: ['csv'],
    columns: [column.text('a', 'A'), column.text('b', 'B'), column.sum('c', 'C')],
    sql: `select n::text as a, repeat(md5(n::text), 6) as b, n as c from generate_series(1, ${LINES}) n`,
    countSql: `select ${LINES}::int8 as n`,
  };
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const live = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const maker = createReportMaker({
    ...{ knex: world.first.knex, long: world.first.knex, clock: world.clock, cipher: world.first.cipher },
    blobs: { ...world.blobs, put: () => Promise.resolve() },
    find: () => long,
    onPoint: (point) => {
      if (point === 'read') held.push(live());
    },
  });
  const { id } = await reports().ask(staff.admin, asked('pending_ageing', {}, 'csv'));
  const before = live();
  const held: number[] = [];
  const timer = setInterval(() => held.push(live()), 1_500);
  try {
    expect(await maker.make(id)).toBe(true);
  } finally {
    clearInterval(timer);
  }
  const view = await reports().get(staff.admin, id);
  expect(view.rowsDone).toBe(BigInt(LINES));
  expect(view.bytes).toBeGreaterThan(39_000_000n);
  expect(held.length).toBeGreaterThan(0);
  expect(Math.max(...held) - before).toBeLessThan(26_000_000);
});
