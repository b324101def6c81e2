/** A break becomes another kind: what was written off of it can be taken back, and the new kind is shown. */
import { createReconciliationOperations } from '../../../composition/reconciliation';
import { createAccountDirectory } from '../../../domain/ledger/accounts';
import { closeWithTheirCases, keepBreaks } from '../../../domain/reconciliation/breaks';
import { createReconcileStep } from '../../../domain/reconciliation/night-step';
import { closeAgreed, followOpenBreaks, takeBack } from '../../../domain/reconciliation/follow';
import type { TableFormat } from '../../../domain/reconciliation/format';
import { beginFindings, FOUND } from '../../../domain/reconciliation/judge';
import { BREAK_SETTLED, createSettleAction } from '../../../domain/reconciliation/settle';
import { readSource } from '../../../domain/reconciliation/sources';
import { CARRIED } from '../../../domain/reconciliation/suspense';
import { readTerms } from '../../../domain/reconciliation/terms';
import { verifyTables } from '../../../domain/verification/verify';
import { businessDate } from '../../../platform/clock';
import { execute, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { dispatched, runDue } from '../../support/driver';
import { createStaff, violationsIn, type Staff } from '../../support/operations';
import { succeeded } from '../../support/scripted-connector';
import { useWorld } from '../../support/use-world';
import { lookAtBroken } from '../../support/verified-world';
import { attemptsOf, transactionRow, type World } from '../../support/world';

const TODAY = businessDate(new Date());
const DAY_MS = 86_400_000;
const here = useWorld(() => ({ start: `${TODAY}T06:30:00.000Z` }));
const FORMAT: TableFormat = {
  kind: 'table',
  columns: [
    { header: 'theirs', as: 'providerReference', unit: 'text' },
    { header: 'ours', as: 'ourReference', unit: 'text' },
    { header: 'amount', as: 'amount', unit: 'rupees' },
    { header: 'fee', as: 'fee', unit: 'paise' },
    { header: 'status', as: 'status', unit: 'text' },
    { header: 'at', as: 'at', unit: 'ist' },
  ],
  statuses: { OK: 'succeeded' },
};

let world: World;
let staff: Staff;
let deps: Parameters<typeof createSettleAction>[0];
let desk: ReturnType<typeof createReconciliationOperations>['desk'];
beforeEach(async () => {
  ({ world } = here);
  staff = await createStaff(world);
  await execute(
    world.knex,
    `insert into recon_sources (name, kind, provider, services, format) values
      ('moves', 'movements', 'testpay', '{payout}', 'test_day'), ('report', 'report', 'testpay', '{payout}', 'test_day')`,
  );
  deps = {
    ...world.first,
    ids: systemIds,
    accounts: createAccountDirectory({ knex: world.knex }),
  } as unknown as typeof deps;
  ({ desk } = createReconciliationOperations({ ...deps, formats: { test_day: FORMAT } }));
});
afterEach(() => {
  staff.close();
});

const balance = async (code: string): Promise<bigint> => {
  const [found] = await rows<{ paise: bigint }>(
    world.knex,
    'select credits_paise - debits_paise as paise from ledger_accounts where code = ?',
    [code],
  );
  return found?.paise ?? 0n;
};
/** In suspense, and at a loss. */
const books = () => Promise.all(['suspense:testpay', 'expense:loss:testpay'].map(balance));

describe('every pair of kinds', () => {
  const KINDS = [
    ...['missing_with_us', 'duplicate_at_provider', 'amount_mismatch'],
    ...['bank_credit_unmatched', 'bank_debit_unmatched'],
    ...['missing_at_provider', 'cutoff_timing', 'status_mismatch', 'fee_mismatch', 'commission_mismatch'],
    ...['settlement_short', 'settlement_excess', 'settlement_missing', 'fee_uncollected'],
    ...['ambiguous', 'identifier_damaged'],
  ];
  const WAITS = new Set(['cutoff_timing', 'missing_at_provider']); // no case yet
  const BEFORE = -500n;

  interface Found {
    key: string;
    kind: string;
    gap: bigint;
  }
  interface Pair {
    key: string;
    from: string;
    /** Null: the two sides agree by then. */
    to: string | null;
    gap: bigint;
    lost: bigint;
    carried: bigint;
  }
  const PAIRS: readonly Pair[] = KINDS.flatMap((from) =>
    [...KINDS, null].flatMap((to) => {
      const lost = CARRIED.has(from) ? BEFORE : 0n;
      const isBoth = lost !== 0n && (to === 'ambiguous' || CARRIED.has(to ?? ''));
      const gaps = to === null ? [0n] : isBoth ? [-300n, BEFORE] : [-300n];
      return gaps.map((gap) => ({
        ...{ key: `${from}>${to ?? 'agrees'}:${gap}`, from, to, gap, lost },
        carried: to !== null && CARRIED.has(to) ? gap : 0n,
      }));
    }),
  );
  const isSame = ({ from, to, gap }: Pair): boolean => from === to && gap === BEFORE && CARRIED.has(from);
  const asIs = ({ key, to, gap }: Pair): Found[] => (to === null ? [] : [{ key, kind: to, gap }]);

  /** A run that has found these, and nothing else. */
  async function find(found: readonly Found[]): Promise<void> {
    const source = await readSource(world.knex, 'moves');
    const at = world.clock.now();
    const overtaken = await world.knex.transaction(async (trx) => {
      await closeWithTheirCases(trx, source, at);
      await beginFindings(trx);
      await execute(
        trx,
        `insert into ${FOUND} select key, kind, :day::date, null, null, null, '{}', '{}', '[]', gap
        from unnest(:keys::text[], :kinds::text[], :gaps::int8[]) as f(key, kind, gap)`,
        {
          ...{ day: TODAY, keys: found.map(({ key }) => key), kinds: found.map(({ kind }) => kind) },
          gaps: found.map(({ gap }) => gap.toString()),
        },
      );
      return keepBreaks(trx, source, at);
    });
    await takeBack(deps, overtaken);
    await followOpenBreaks(deps, source, {
      ...(await readTerms(world.knex, TODAY)),
      asOf: TODAY,
    });
    await closeAgreed(deps, source);
  }

  interface Kept {
    id: string;
    key: string;
    kind: string;
    state: string;
    resolution: string | null;
    gap: bigint;
    suspense: bigint;
    lost: bigint;
    /** Open ones about it, as `kind: summary`. */
    cases: string[];
    isLinked: boolean;
  }
  async function kept(): Promise<Map<string, Kept>> {
    const all = await rows<Kept>(
      world.knex,
      `select b.id, b.break_key as key, b.kind, b.state, b.resolution, b.gap_paise as gap, b.suspense_paise as suspense,
        b.written_off_paise as lost, coalesce(array_agg(c.kind || ': ' || c.summary) filter (where c.id is not null), '{}') as cases,
        coalesce(bool_or(c.id = b.case_id), false) as "isLinked"
      from recon_breaks b left join ops_cases c on c.subject = 'break:' || b.id and c.closed_at is null group by b.id`,
    );
    return new Map(all.map((one) => [one.key, one]));
  }

  /** As when two persons have said so; the rules of approvals have tests of their own. */
  async function decide({ id, gap }: Kept, choice: string): Promise<void> {
    await world.knex.transaction((trx) =>
      createSettleAction(deps)[BREAK_SETTLED]!.carryOut(
        trx,
        { id: systemIds.uuid(), detail: { break: id, choice, seen_gap: gap.toString() } } as never,
        staff.ravi as never,
        () => Promise.resolve(),
      ),
    );
  }

  const seen = (one: Kept | undefined) =>
    one === undefined
      ? undefined
      : {
          ...{ kind: one.kind, state: one.state, gap: one.gap, suspense: one.suspense, lost: one.lost },
          cases: one.cases.map(
            (text) => `${text.split(':')[0]} ${text.includes(one.kind.replaceAll('_', ' '))}`,
          ),
          isLinked: one.isLinked,
        };

  function expectedAfterChange(pair: Pair) {
    const { from, to, gap, lost, carried } = pair;
    const suspense = carried - lost;
    if (isSame(pair))
      return { kind: from, state: 'resolved', gap, suspense: 0n, lost, cases: [], isLinked: false };
    if (to === null && lost === 0n)
      return { kind: from, state: 'resolved', gap: BEFORE, suspense: 0n, lost, cases: [], isLinked: false };
    const kind = to ?? from;
    // A payment that is missing waits; what was a case before stays one.
    if (WAITS.has(kind) && suspense === 0n) {
      const cases = WAITS.has(from) ? [] : [caseOf(from, 0n, false)];
      return { kind, state: 'open', gap, suspense, lost, cases, isLinked: cases.length > 0 };
    }
    return {
      kind,
      state: 'open',
      gap,
      suspense,
      lost,
      cases: [caseOf(kind, suspense, true)],
      isLinked: true,
    };
  }
  const caseOf = (kind: string, suspense: bigint, saysKind: boolean): string =>
    `${suspense !== 0n ? 'recon_break' : kind === 'status_mismatch' ? 'recon_status' : 'recon_difference'} ${saysKind}`;

  test('a loss is taken back where the new kind carries nothing, the new kind is open, and all comes to nothing', async () => {
    await find(PAIRS.map(({ key, from }) => ({ key, kind: from, gap: BEFORE })));
    for (const [key, one] of await kept())
      if (CARRIED.has(PAIRS.find((pair) => pair.key === key)!.from)) await decide(one, 'write_off');
    const lost = PAIRS.reduce((sum, pair) => sum + pair.lost, 0n);
    expect(await books()).toEqual([0n, lost]);

    await find(PAIRS.flatMap(asIs));
    let now = await kept();
    for (const pair of PAIRS)
      expect({ [pair.key]: seen(now.get(pair.key)) }).toEqual({ [pair.key]: expectedAfterChange(pair) });
    const inSuspense = PAIRS.reduce((sum, { carried, lost: l }) => sum + carried - l, 0n);
    expect(await books()).toEqual([inSuspense, lost]);

    const toTakeBack = PAIRS.filter((pair) => pair.lost !== 0n && pair.carried === 0n);
    const first = now.get(toTakeBack[0]!.key)!;
    await expect(decide(first, 'write_off')).rejects.toMatchObject({ code: 'RECON_CHOICE_NOT_OFFERED' });
    for (const { key } of toTakeBack) {
      const one = now.get(key)!;
      expect({ key, choices: (await desk.show(one.id)).choices }).toEqual({ key, choices: ['loss_back'] });
      await decide(one, 'loss_back');
    }
    for (const again of [false, true]) {
      if (again) await find(PAIRS.flatMap(asIs));
      now = await kept();
      for (const { key, from, to } of toTakeBack) {
        const kind = to ?? from;
        const isOpen = to !== null;
        const what = isOpen ? [caseOf(kind, 0n, true)] : [];
        expect({ key, again, ...seen(now.get(key)) }).toMatchObject({
          ...{ key, again, kind, suspense: 0n, lost: 0n },
          ...{ state: isOpen ? 'open' : 'resolved', cases: what, isLinked: isOpen },
        });
      }
    }
    expect(await violationsIn(world.knex)).toEqual([]);

    await find([]);
    const left = [...(await kept()).values()];
    const explained = left.filter((one) => one.lost === 0n);
    expect(explained.map(({ key, state, cases }) => [key, state, cases])).toEqual(
      explained.map(({ key }) => [key, 'resolved', []]),
    );
    for (const one of left.filter((other) => other.lost !== 0n)) await decide(one, 'loss_back');
    await find([]);
    expect([...(await kept()).values()].filter(({ state }) => state === 'open')).toEqual([]);
    expect(await rows(world.knex, 'select id from ops_cases where closed_at is null')).toEqual([]);
    expect(await books()).toEqual([0n, 0n]);
    expect(await violationsIn(world.knex)).toEqual([]);
  });

  test.each([
    ['break-booked', 'update recon_breaks set written_off_paise = written_off_paise + 1, kind = kind'],
    ['break-booked', `delete from ledger_transfers where code = 'break_suspense'`],
    ['break-losses', `update recon_breaks set kind = 'fee_mismatch'`],
  ])('the verifier finds it: %s, %s', async (check, sql) => {
    await find([{ key: 'row:a:1', kind: 'missing_with_us', gap: BEFORE }]);
    await decide([...(await kept()).values()][0]!, 'write_off');
    expect(await violationsIn(world.knex)).toEqual([]);
    const drop = ['recon_breaks.recon_breaks_suspense_is_gap'];
    const found = await lookAtBroken(world.knex, { sql, drop }, (trx) => verifyTables(trx, {}));
    expect(found.find(({ name }) => name === check)!.result!.violations).toBe(1);
  });
});

describe('from files', () => {
  interface Line {
    theirs: string;
    ours: string;
    amount: string;
    fee?: string;
  }
  async function paid(theirs: string): Promise<{ id: string; line: Line }> {
    const id = await world.accept(here.user);
    world.connector.onSend = () => succeeded({ providerReference: theirs });
    await dispatched(world.first, id);
    if ((await transactionRow(world.knex, id)).dueJob === 'settle')
      await runDue(world.first, [{ job: 'settle', id } as Parameters<typeof runDue>[1][number]]);
    const [attempt] = await attemptsOf(world.knex, id);
    return { id, line: { theirs, ours: attempt!.ourReference, amount: '1500.00' } };
  }
  let files = 0;
  const said = async (...lines: Line[]) => {
    const text = lines.map((l) => `${l.theirs},${l.ours},${l.amount},${l.fee ?? ''},OK,${TODAY} 12:00:00\n`);
    await desk.importFile({
      ...{ source: 'report', businessDate: TODAY, name: `${(files += 1)}.csv` },
      async *open() {
        await Promise.resolve();
        yield Buffer.from(`${FORMAT.columns.map(({ header }) => header).join(',')}\n${text.join('')}`);
      },
    });
    return (await desk.run({ source: 'report', businessDate: TODAY })).float;
  };
  const run = async () => (await desk.run({ source: 'report', businessDate: TODAY })).float;
  const open = () => desk.breaks({ isOpen: true, limit: 100 });
  const settle = async (choice: string, candidate?: string) => {
    const [found] = await open();
    const proposal = await staff.operations.reconciliation.proposal({
      ...{ breakId: found!.id, choice, reason: 'as seen', evidence: 'their letter' },
      ...(candidate === undefined ? {} : { candidate }),
    });
    const approval = await staff.operations.approvals.propose(proposal, staff.asha);
    return staff.operations.approvals.approve(approval.id, staff.ravi);
  };
  const choices = async () => (await desk.show((await open())[0]!.id)).choices;

  test('another amount that was written off turns out to be another fee: the loss goes back, the fee stays a break', async () => {
    const { line } = await paid('P1');
    const ours = await balance('float:testpay');
    await said({ ...line, amount: '1505.00' });
    await settle('write_off');
    expect(await books()).toEqual([0n, -500n]);
    const float = await said({ ...line, fee: '300' });
    expect(await open()).toMatchObject([{ kind: 'fee_mismatch', gapPaise: -300n, suspensePaise: 500n }]);
    expect([float.explainedPaise, await balance('float:testpay')]).toEqual([-300n, ours]);
    expect(await choices()).toEqual(['loss_back']);
    await settle('loss_back');
    expect(await books()).toEqual([0n, 0n]);
    for (const _again of [1, 2]) {
      expect(await open()).toMatchObject([{ kind: 'fee_mismatch', gapPaise: -300n, suspensePaise: 0n }]);
      expect(await rows(world.knex, 'select kind, summary from ops_cases where closed_at is null')).toEqual([
        {
          kind: 'recon_difference',
          summary: expect.stringMatching(/fee mismatch, ₹3.00 less there/) as string,
        },
      ]);
      expect((await run()).explainedPaise).toBe(-300n);
    }
    await said({ ...line, fee: '0' });
    expect(await open()).toEqual([]);
    expect(await rows(world.knex, 'select id from ops_cases where closed_at is null')).toEqual([]);
  });

  test('a report that is retired: what it will never have is a case at once, and payments that it would have shown are one', async () => {
    const [shown] = [await paid('P1'), await paid('P2')];
    await said(shown.line);
    await desk.retire({ name: 'report', from: TODAY, reason: 'the contract has ended' }, staff.asha);
    const midnight = new Date(`${TODAY}T18:30:00Z`);
    const night = (days: number) =>
      createReconcileStep(deps).run({
        date: businessDate(new Date(midnight.getTime() + (days - 1) * DAY_MS)),
        ...{ begins: new Date(midnight.getTime() + (days - 1) * DAY_MS), provider: 'testpay' },
        ends: new Date(midnight.getTime() + days * DAY_MS),
        ...{ signal: new AbortController().signal, progress: () => undefined },
      });
    const cases = () =>
      rows<{ kind: string; subject: string }>(
        world.knex,
        `select kind, split_part(subject, ':', 1) as subject from ops_cases
        where closed_at is null and subject <> 'report:moves' order by kind`,
      );
    world.clock.set(midnight);
    expect(await night(0)).toMatchObject({ report_open: 1 }); // there is a file of the day
    expect(await cases()).toEqual([{ kind: 'recon_difference', subject: 'break' }]);
    world.clock.set(new Date(midnight.getTime() + DAY_MS / 2));
    await paid('P3');
    const done = { report: `no file is awaited since ${TODAY}`, report_open: 1 };
    expect([await night(1), await night(1)]).toMatchObject([done, done]);
    expect(await cases()).toEqual([
      { kind: 'recon_difference', subject: 'break' },
      { kind: 'recon_report_missing', subject: 'report' },
    ]);
  });

  test('a row that was written off and names two by now: the loss goes back, then it is linked', async () => {
    const other = await paid('P2');
    await said(other.line, { theirs: 'PX', ours: 'nobody', amount: '1500.00' });
    await settle('write_off');
    const late = await paid('PX');
    // It named nobody; the corrected file names one by its reference, and another by ours.
    const third = await paid('P3');
    await said({ theirs: 'PX', ours: third.line.ours, amount: '1500.00' });
    expect(await open()).toMatchObject([{ kind: 'ambiguous', suspensePaise: 150_000n }]);
    expect(await choices()).toEqual(['loss_back']);
    await settle('loss_back');
    expect(await books()).toEqual([0n, 0n]);
    expect(await choices()).toEqual(['link']);
    await settle('link', late.id);
    await run();
    expect(await open()).toMatchObject([{ kind: 'missing_at_provider', transactionId: third.id }]);
    expect(await books()).toEqual([0n, 0n]);
    expect(await violationsIn(world.knex)).toEqual([]);
  });
});
