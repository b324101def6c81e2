/**
 * A file to the bank: made by one, released by another, written once; and the bank's answer, whose money moves once
 * however often it comes, and is found in the statement by its UTR.
 */
import { FILE_CANCEL, FILE_RELEASE } from '../../../domain/settlements/files';
import { verifyTables } from '../../../domain/verification/verify';
import { execute, rows } from '../../../platform/database';
import type { DomainError } from '../../../domain/errors/errors';
import { violationsIn, type Staff } from '../../support/operations';
import { ANSWER_HEAD, createFilesWorld, MONDAY, type FilesWorld } from '../../support/settlement-files';
import { statementState, type Earner } from '../../support/settlements';
import { lookAtBroken } from '../../support/verified-world';
import { until } from '../../support/until';
import { balances, type World } from '../../support/world';

let files: FilesWorld;
let world: World;
let staff: Staff;
let earners: Earner[];

beforeEach(async () => {
  files = await createFilesWorld();
  ({ world, staff, earners } = files);
});
afterEach(async () => {
  await files.close();
});

const desk = () => files.desk;
const decided: FilesWorld['decided'] = (...given) => files.decided(...given);
const written: FilesWorld['written'] = () => files.written();
const answer: FilesWorld['answer'] = (says) => files.answer(says);
const held = () => files.held();

test('two starters debit each wallet once; the file has control totals, and is sealed where it lies', async () => {
  expect(await held()).toEqual([0n, 0n, 0n]);
  const text = await written();
  const lines = text.trimEnd().split('\n');
  expect(lines[0]).toBe('H|munim-bulk-1|1|20261102|escrow|INR');
  expect(lines.at(-1)).toMatch(/^T\|3\|2982\.30\|\d{12}$/);
  expect(lines.slice(1, -1).map((line) => line.split('|')[3])).toEqual(['994.10', '994.10', '994.10']);
  const account = lines[1]!.split('|')[6]!;
  const [kept] = await rows<{ text: string }>(world.knex, 'select f::text as text from settlement_files f');
  expect(kept!.text).not.toContain(account);
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('the maker releases nothing, whoever proposes; a file is written once, and a cancelled one frees its lines', async () => {
  await expect(desk().make('escrow', staff.viewer)).rejects.toMatchObject({ code: 'OPS_ROLE_MISSING' });
  await desk().make('escrow', staff.ravi);
  await expect(decided(FILE_RELEASE)).rejects.toMatchObject({ code: 'APPROVAL_NEEDS_ANOTHER' });
  await expect(desk().write(1n, staff.ravi)).rejects.toMatchObject({ code: 'SETTLEMENT_FILE_STATE' });
  await expect(desk().make('escrow', staff.asha)).rejects.toMatchObject({ code: 'SETTLEMENT_FILE_EMPTY' });
  const [open] = await staff.operations.approvals.list({ state: 'proposed', limit: 1 });
  await staff.operations.approvals.approve(open!.id, staff.admin);
  await desk().write(1n, staff.ravi);
  await expect(desk().write(1n, staff.ravi)).rejects.toMatchObject({ code: 'SETTLEMENT_FILE_STATE' });
  await decided(FILE_CANCEL);
  expect(await desk().make('escrow', staff.asha)).toMatchObject({ number: 2n, itemCount: 3 });
  expect((await desk().files({ limit: 9 })).data.map(({ state }) => state)).toEqual(['made', 'cancelled']);
});

test('paid, refused and returned: each moves its money once, however often the answer comes', async () => {
  const [one, two, three] = earners as [Earner, Earner, Earner];
  await written();
  const says = [
    [one, 'PAID,HDFCN52026110200001,,'],
    [two, 'REJECTED,,,account closed'],
    [three, 'PAID,HDFCN52026110200003,,'],
  ] as const;
  const counts = { paid: 2, failed: 1, returned: 0, known: 0, contradicted: 0 };
  expect(await answer(says)).toEqual(counts);
  expect(await files.keep(says)).toMatchObject({
    state: 'done',
    counts,
    paidPaise: 198_820n,
    backPaise: 100_000n,
  });
  const again = await files.keep([...says].reverse());
  expect(again).toMatchObject({ state: 'kept', counts: { paid: 0, failed: 0, known: 3 } });
  await expect(files.propose(again.id)).rejects.toMatchObject({ code: 'APPROVAL_NOTHING_CHANGES' });
  expect(await Promise.all(earners.map(files.statusOf))).toEqual(['PAID', 'FAILED', 'PAID']);
  expect(await held()).toEqual([0n, 100_000n, 0n]);
  expect(await answer([[three, 'RETURNED,HDFCN52026110200003,HDFCN52026110300009,']])).toMatchObject({
    returned: 1,
  });
  expect(await held()).toEqual([0n, 100_000n, 100_000n]);
  const books = await balances(world.knex);
  expect(books['income:fee:settlement']).toBe(500n);
  expect(Object.keys(books).filter((code) => code.startsWith('payable:settlement'))).toEqual([]);
  expect(await statementState(world, staff, { debit: '994.10', utr: 'HDFCN52026110200001' })).toBe('agreed');
  expect(await violationsIn(world.knex)).toEqual([]);
});

test.each([
  ['the paid lines of a file is matched with it', '1988.20', 'agreed', []],
  ['more than its paid lines stays a break', '2982.30', 'open', ['bank_debit_unmatched']],
])('a bank that debits one sum for a whole file: the sum of %s', async (_what, debit, state, breaks) => {
  const [one, two, three] = earners as [Earner, Earner, Earner];
  await written();
  expect(await statementState(world, staff, { debit, utr: 'HDFCBULK2026110200001' })).toBe('open');
  const day = { source: 'escrow', businessDate: MONDAY };
  const again = async () => {
    await staff.operations.reconciliation.run(day);
    return rows<{ state: string }>(world.knex, 'select state from recon_rows');
  };
  const paid = (n: number) => `PAID,HDFCN5202611020000${n},,`;
  await answer([
    [one, paid(1)],
    [three, paid(3)],
  ]);
  expect(await again()).toEqual([{ state: 'open' }]); // one of its lines may be paid yet
  await answer([[two, 'REJECTED,,,account closed']]);
  expect(await again()).toEqual([{ state }]);
  expect(await again()).toEqual([{ state }]);
  const found = await staff.operations.reconciliation.breaks({ isOpen: true, limit: 9 });
  expect(found.map(({ kind }) => kind)).toEqual(breaks);
  const books = await balances(world.knex);
  expect(books['unidentified:escrow'] ?? 0n).toBe(breaks.length === 0 ? 0n : -298_230n);
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('what contradicts the file, an earlier answer or another UTR moves nothing, and is a case', async () => {
  const [one, two] = earners as [Earner, Earner, Earner];
  await written();
  await answer([[one, 'PAID,HDFCN52026110200001,,']]);
  const before = await balances(world.knex);
  const said = await answer([
    [one, 'PAID,HDFCN52026110299999,,'],
    [one, 'REJECTED,,,'],
    [two, 'PAID,HDFCN52026110200001,,'],
  ]);
  expect(said).toMatchObject({ paid: 0, failed: 0, contradicted: 3 });
  const bytes = Buffer.from(`${ANSWER_HEAD}\n${await files.itemOf(two)},994.11,PAID,HDFCN52026110200002,,`);
  const other = await desk().keepAnswer('escrow', bytes, staff.asha);
  expect(other.counts).toMatchObject({ contradicted: 1 });
  await files.approvals.approve(await files.propose(other.id), staff.ravi);
  expect(await balances(world.knex)).toEqual(before);
  const cases = await rows<{ n: bigint }>(
    world.knex,
    "select count(*) as n from ops_cases where kind = 'settlement_contradicted' and closed_at is null",
  );
  expect(cases[0]!.n).toBe(2n);
});

test('an answer about what was never written is refused whole; two that come at once are one', async () => {
  const [one] = earners as [Earner, Earner, Earner];
  await desk().make('escrow', staff.asha);
  await expect(answer([[one, 'PAID,HDFCN52026110200001,,']])).rejects.toMatchObject({
    code: 'SETTLEMENT_RESPONSE_REFUSED',
  });
  await decided(FILE_RELEASE);
  await desk().write(1n, staff.asha);
  const says = [[one, 'PAID,HDFCN52026110200001,,']] as const;
  const kept = await Promise.all([1, 2, 3].map(() => files.keep(says)));
  expect(new Set(kept.map(({ id }) => id)).size).toBe(1);
  const proposal = await files.propose(kept[0]!.id);
  await expect(files.propose(kept[0]!.id)).rejects.toMatchObject({ code: 'APPROVAL_OPEN' });
  const both = [staff.ravi, staff.admin].map((by) => files.approvals.approve(proposal, by));
  const done = await Promise.allSettled(both);
  expect(done.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const ends = await rows(world.knex, 'select 1 as n from settlement_endings');
  expect(ends).toHaveLength(1);
});

test('nothing goes into a file of who was stopped, or of a frozen wallet, until that is lifted', async () => {
  const [stopped, frozen] = earners as [Earner, Earner, Earner];
  const stage = (to: string, status: string) =>
    execute(world.knex, 'update users set stage = :to, status = :status where id = :id', {
      ...{ to, status, id: stopped.userId },
    });
  await stage('suspended', 'disabled');
  await execute(
    world.knex,
    `insert into wallet_freezes (id, wallet_id, reason, placed_by, placed_at)
     select :id, id, 'an order of a court', user_id, now() from wallets where account_id = :earned`,
    { id: world.first.ids.uuid(), earned: frozen.earned },
  );
  expect(await desk().make('escrow', staff.asha)).toMatchObject({ itemCount: 1 });
  await expect(desk().make('escrow', staff.asha)).rejects.toMatchObject({ code: 'SETTLEMENT_FILE_EMPTY' });
  await stage('active', 'active');
  expect(await desk().make('escrow', staff.asha)).toMatchObject({ itemCount: 1, totalPaise: 99_410n });
});

/** Statements that wait for a lock. */
async function waiting(n: number): Promise<void> {
  await until(async () => {
    const found = await rows(
      world.knex,
      `select 1 from pg_stat_activity where wait_event_type = 'Lock'
      and datname = current_database()`,
    );
    return found.length >= n;
  });
}

test('a file is not cancelled while its answer is imported: what was paid is in no second file', async () => {
  const [one] = earners as [Earner, Earner, Earner];
  await written();
  const said = { reason: 'it was lost', evidence: 'call with the bank' };
  const lost = await desk().fileProposal({ number: 1n, action: FILE_CANCEL, ...said });
  const cancellation = await files.approvals.propose(lost, staff.asha);
  const { id } = await files.keep([[one, 'PAID,HDFCN52026110200001,,']]);
  const proposal = await files.propose(id);
  const posting = await world.knex.transaction();
  await execute(posting, `select from ledger_accounts where code = 'bank:escrow' for update`);
  const answered = files.approvals.approve(proposal, staff.ravi);
  await waiting(1);
  const cancelled = files.approvals.approve(cancellation.id, staff.admin).then(
    () => 'cancelled',
    (error: DomainError) => error.code,
  );
  await Promise.race([cancelled, waiting(2)]);
  const made = desk()
    .make('escrow', staff.asha)
    .catch((error: DomainError) => error.code);
  await Promise.race([made, waiting(2)]);
  await posting.commit();
  expect((await answered).result).toMatchObject({ paid: 1 });
  expect(await cancelled).toBe('APPROVAL_OVERTAKEN');
  expect(await made).toBe('SETTLEMENT_FILE_EMPTY');
  const twice = await rows(
    world.knex,
    `select 1 from settlement_file_items f join settlement_endings e using (item_id)
     group by item_id having count(*) > 1`,
  );
  expect(twice).toEqual([]);
});

test('the database puts nothing that has ended into a file, ends nothing that was not written, and lets no maker release', async () => {
  const { number } = await desk().make('escrow', staff.ravi);
  const asked = await desk().fileProposal({
    ...{ number, action: FILE_RELEASE, reason: 'for the bank', evidence: 'totals compared' },
  });
  const { approvals } = staff.operations;
  const { id } = await approvals.propose(asked, staff.asha);
  const release = `update settlement_files set state = 'released', released_at = now(), released_approval_id = :id`;
  const end = `insert into settlement_endings select id, 'failed', null, null, journal_id, now() from settlement_items`;
  await expect(execute(world.knex, release, { id })).rejects.toMatchObject({
    constraint: 'settlement_files_decided',
  });
  await expect(execute(world.knex, end)).rejects.toMatchObject({ constraint: 'settlement_endings_written' });
  await approvals.approve(id, staff.admin);
  await desk().write(number, staff.asha);
  await answer([[earners[0]!, 'REJECTED,,,']]);
  const again = `insert into settlement_file_items select f.file_id, f.item_id, 9, false
    from settlement_file_items f join settlement_endings using (item_id)`;
  for (const sql of [again, 'update settlement_file_items set counts = false'])
    await expect(execute(world.knex, sql)).rejects.toMatchObject({
      constraint: 'settlement_file_items_open',
    });
});

test.each([
  ['settlement-ended', "update settlement_endings set kind = 'failed'"],
  ['settlement-on-its-way', 'delete from settlement_endings'],
  ['settlement-debited', 'update settlement_items set amount_paise = amount_paise + 1'],
])('the verifier finds it: %s', async (check, sql) => {
  await written();
  await answer([[earners[0]!, 'PAID,HDFCN52026110200001,,']]);
  const found = await lookAtBroken(world.knex, { sql }, (trx) => verifyTables(trx, {}));
  expect(found.find(({ name }) => name === check)!.result!.violations).toBeGreaterThan(0);
});

test('the database lets no settlement end twice, and no UTR stand for two', async () => {
  await written();
  await answer([[earners[0]!, 'PAID,HDFCN52026110200001,,']]);
  const again = (kind: string, utr: string | null) =>
    execute(
      world.knex,
      `insert into settlement_endings select item_id, :kind, :utr, null, :journal, now() from settlement_endings`,
      { kind, utr, journal: world.first.ids.uuid() },
    );
  await expect(again('failed', null)).rejects.toMatchObject({ constraint: 'settlement_endings_follow' });
  await expect(again('returned', 'HDFCN52026110200001')).rejects.toMatchObject({
    constraint: 'settlement_endings_utr_unique',
  });
  await expect(again('returned', 'HDFCN52026110200002')).rejects.toMatchObject({
    constraint: 'settlement_endings_posted',
  });
});
