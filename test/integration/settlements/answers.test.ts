/**
 * What our bank says of settlements gives money back: one person brings it, another lets it take effect. Nothing moves
 * before that, and then exactly what the second one saw.
 */
import { createHash } from 'node:crypto';
import { FILE_CANCEL } from '../../../domain/settlements/files';
import { execute, rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { bookedBefore } from '../../support/booked-before';
import { violationsIn } from '../../support/operations';
import { createFilesWorld, type FilesWorld } from '../../support/settlement-files';
import type { Earner } from '../../support/settlements';
import { balances } from '../../support/world';

let files: FilesWorld;
let one: Earner;
let two: Earner;
let three: Earner;
beforeEach(async () => {
  files = await createFilesWorld();
  [one, two, three] = files.earners as [Earner, Earner, Earner];
  await files.written();
});
afterEach(async () => {
  await files.close();
});

const paid = (n: number): string => `PAID,HDFCN5202611020000${n},,`;
const ends = () => rows(files.world.knex, 'select kind from settlement_endings order by kind');

test('a forged answer gives nothing back: it is shown, and neither who brought it nor who proposed it lets it in', async () => {
  const { staff, approvals, desk, world } = files;
  const before = await balances(world.knex);
  const kept = await files.keep([
    [one, 'REJECTED,,,no such account'],
    [two, paid(2)],
    [three, `RETURNED,HDFCN52026110200003,HDFCN52026110300003,`],
  ]);
  expect(kept).toMatchObject({
    ...{ state: 'kept', lineCount: 3, keptBy: staff.asha.userId },
    ...{ counts: { paid: 2, failed: 1, returned: 1, known: 0, contradicted: 0 } },
    ...{ paidPaise: 198_820n, backPaise: 200_000n },
  });
  const proposal = await files.propose(kept.id, staff.ravi);
  expect((await approvals.get(proposal)).detail).toMatchObject({
    ...{ paid: 2, failed: 1, returned: 1, paid_paise: '198820', back_paise: '200000' },
  });
  await expect(approvals.approve(proposal, staff.asha)).rejects.toMatchObject({
    code: 'APPROVAL_NEEDS_ANOTHER',
  });
  await expect(approvals.approve(proposal, staff.ravi)).rejects.toMatchObject({
    code: 'APPROVAL_NEEDS_ANOTHER',
  });
  await expect(approvals.approve(proposal, staff.viewer)).rejects.toMatchObject({ code: 'OPS_ROLE_MISSING' });
  expect(await balances(world.knex)).toEqual(before);
  expect(await files.held()).toEqual([0n, 0n, 0n]);
  await approvals.reject(proposal, staff.admin, 'the bank sent no such file');
  expect((await desk.answer(kept.id)).state).toBe('refused');
  expect((await desk.answers({ limit: 9 })).data).toMatchObject([{ id: kept.id, state: 'refused' }]);
  await expect(approvals.approve(proposal, staff.admin)).rejects.toMatchObject({ code: 'APPROVAL_DECIDED' });
  expect(await ends()).toEqual([]);
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('line by line it says what would be paid and what would be given back, page by page', async () => {
  const { desk, staff } = files;
  await files.answer([[one, paid(1)]]);
  const { id } = await files.keep([
    [one, paid(1)],
    [two, 'REJECTED,,,'],
    [one, paid(9)],
    [three, `RETURNED,HDFCN52026110200003,HDFCN52026110300003,`],
  ]);
  const first = await desk.answerLines(id, { limit: 3 });
  expect(first.data.map(({ ends: does, contradiction }) => [does, contradiction])).toEqual([
    [[], null],
    [['failed'], null],
    [[], 'it was paid, under another UTR than before'],
  ]);
  const rest = await desk.answerLines(id, { limit: 3, after: first.nextCursor! });
  expect(rest).toMatchObject({
    data: [{ userId: three.userId, ends: ['paid', 'returned'] }],
    nextCursor: null,
  });
  await expect(
    desk.keepAnswer('escrow', await files.bytesOf([[one, paid(1)]]), staff.viewer),
  ).rejects.toMatchObject({
    code: 'OPS_ROLE_MISSING',
  });
  const nobody = '01977777-7777-7777-8777-777777777777';
  await expect(desk.answer(nobody)).rejects.toMatchObject({ code: 'SETTLEMENT_ANSWER_NOT_FOUND' });
});

test('two answers that say paid and given back of one settlement: the second does nothing', async () => {
  const { staff, approvals, world } = files;
  const forged = await files.keep([[one, 'REJECTED,,,']]);
  const real = await files.keep([[one, paid(1)]]);
  const proposals = [await files.propose(real.id), await files.propose(forged.id)];
  const done = await Promise.allSettled(proposals.map((id) => approvals.approve(id, staff.ravi)));
  expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const refused = done.find((one) => one.status === 'rejected');
  expect(refused).toMatchObject({ reason: { code: 'APPROVAL_OVERTAKEN' } });
  expect(await ends()).toHaveLength(1);
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('a file is not cancelled while an answer to it waits, but after a second person has refused that', async () => {
  const { staff, approvals } = files;
  const { id } = await files.keep([[one, paid(1)]]);
  await expect(files.decided(FILE_CANCEL)).rejects.toMatchObject({ code: 'SETTLEMENT_FILE_STATE' });
  const proposal = await files.propose(id);
  await expect(files.decided(FILE_CANCEL)).rejects.toMatchObject({ code: 'SETTLEMENT_FILE_STATE' });
  await approvals.reject(proposal, staff.ravi, 'of another company');
  await files.decided(FILE_CANCEL);
  expect((await files.desk.answer(id)).counts).toMatchObject({ paid: 0, contradicted: 1 });
});

/** The file is lost, and its lines are in the next one, which is written a day later. */
async function writtenAgain(): Promise<void> {
  await files.decided(FILE_CANCEL);
  files.world.clock.set('2026-11-03T05:00:00Z');
  await files.written();
}
/** As if the code had let it end. */
const endBy = (approval: string) =>
  execute(
    files.world.knex,
    `insert into settlement_endings select i.id, 'failed', null, null, i.journal_id, now(), :approval
     from settlement_items i where i.user_id = :user`,
    { approval, user: one.userId },
  );
const ofTheirFile = { constraint: 'settlement_endings_of_their_file' };

test('an answer to a file that was cancelled ends nothing of the next one, also when it is proposed again', async () => {
  const { staff, approvals, world } = files;
  const { id } = await files.keep([
    [one, 'REJECTED,,,no such account'],
    [two, paid(2)],
  ]);
  await approvals.reject(await files.propose(id), staff.ravi, 'of another company');
  await writtenAgain();
  const before = await balances(world.knex);
  const proposal = await files.propose(id);
  expect((await approvals.approve(proposal, staff.ravi)).result).toMatchObject({
    ...{ paid: 0, failed: 0, contradicted: 2 },
  });
  expect(await balances(world.knex)).toEqual(before);
  await expect(endBy(proposal)).rejects.toMatchObject(ofTheirFile);
  expect(await files.answer([[two, paid(2)]])).toMatchObject({ paid: 1 });
});

test('what the bank rejects after a file was lost may be of that file: it gives nothing back, and is a case', async () => {
  const { staff, approvals, world } = files;
  await writtenAgain();
  const { id } = await files.keep([
    [one, 'REJECTED,,,no such account'],
    [two, paid(2)],
  ]);
  const proposal = await files.propose(id);
  expect((await approvals.approve(proposal, staff.ravi)).result).toMatchObject({
    ...{ paid: 1, failed: 0, contradicted: 1 },
  });
  expect(await files.held()).toEqual([0n, 0n, 0n]);
  await expect(endBy(proposal)).rejects.toMatchObject(ofTheirFile);
  const cases = await rows(
    world.knex,
    "select subject from ops_cases where kind = 'settlement_contradicted' and closed_at is null",
  );
  expect(cases).toHaveLength(1);
});

/** What programs of before have written. */
const asBefore = (sql: string, given: Record<string, string | Buffer> = {}) =>
  files.world.knex.transaction(async (trx) => {
    await execute(trx, 'set local session_replication_role = replica');
    await execute(trx, sql, given);
  });

test('UTRs that were kept in another form, or booked under one, stand for what they stood for', async () => {
  await files.answer([[one, 'PAID,569690930708,,']]);
  await asBefore("update settlement_endings set utr = '0000569690930709'");
  await bookedBefore(files.world, '0000569690930707');
  const { id, counts } = await files.keep([
    [one, 'PAID,569690930709,,'],
    [two, 'PAID,569690930709,,'],
    [three, 'PAID,569690930707,,'],
  ]);
  expect(counts).toMatchObject({ paid: 0, known: 1, contradicted: 2 });
  const { data } = await files.desk.answerLines(id, { limit: 9 });
  const other = 'it was paid, under a UTR that stands for other money';
  expect(data.map(({ contradiction }) => contradiction)).toEqual([null, other, other]);
});

test('an answer that was let in before answers were kept is not kept again', async () => {
  const says = [[one, 'REJECTED,,,']] as const;
  const digest = createHash('sha256')
    .update(await files.bytesOf(says))
    .digest();
  await asBefore(
    `insert into settlement_responses values (:digest, 'escrow', 1, 0, 1, 0, 0, 0, :user, now())`,
    { digest, user: files.staff.asha.userId },
  );
  await expect(files.keep(says)).rejects.toMatchObject({ code: 'SETTLEMENT_ANSWER_KNOWN' });
});

test('an answer that was kept before that was asked ends with its code, and holds up nobody who ends its lines', async () => {
  const { world, staff, approvals, desk } = files;
  const kept = await files.keep([[one, paid(1)]]);
  const proposed = await files.propose(kept.id);
  await asBefore(
    `insert into settlement_responses values (:digest, 'escrow', 1, 0, 0, 0, 1, 0, :user, now())`,
    { digest: kept.digest, user: staff.asha.userId },
  );
  const known = { code: 'SETTLEMENT_ANSWER_KNOWN' };
  await expect(approvals.approve(proposed, staff.ravi)).rejects.toMatchObject({
    ...{ code: 'APPROVAL_OVERTAKEN', cause: known },
  });
  await expect(files.propose(kept.id)).rejects.toMatchObject(known);
  expect((await desk.answers({ limit: 1 })).data).toMatchObject([{ state: 'known' }]);
  world.clock.set('2026-11-09T06:30:00Z');
  const end = await approvals.propose(
    await desk.endProposal({
      ...{
        id: parsePublicId('settlementItem', await files.itemOf(one))!,
        says: 'PAID',
        utr: 'HDFCN52026110200001',
        returnUtr: null,
      },
      ...{ reason: 'it was not let in', evidence: 'line 14 of the statement' },
    }),
    staff.asha,
  );
  await approvals.approve(end.id, staff.ravi);
  expect(await files.statusOf(one)).toBe('PAID');
});

test('the same bytes for two of our bank accounts take effect for one of them', async () => {
  const { world, staff, approvals } = files;
  const kept = await files.keep([[one, paid(1)]]);
  await asBefore(
    `insert into settlement_answers select gen_random_uuid(), 'other', digest, 1, kept_by, kept_at from settlement_answers`,
  );
  await approvals.approve(await files.propose(kept.id), staff.ravi);
  const [other] = await rows<{ id: string }>(
    world.knex,
    `select id from settlement_answers where bank = 'other'`,
  );
  await expect(files.propose(other!.id)).rejects.toMatchObject({ code: 'SETTLEMENT_ANSWER_KNOWN' });
});

test('the database ends no settlement that no answer of two persons names so', async () => {
  const { world, staff, approvals } = files;
  const kept = await files.keep([[one, paid(1)]]);
  await approvals.approve(await files.propose(kept.id), staff.ravi);
  const end = (kind: string, from: Earner) => async () =>
    execute(
      world.knex,
      `insert into settlement_endings select i.id, :kind, :utr, null, i.journal_id, now(), a.id
       from settlement_items i, approvals a where i.user_id = :user and a.action = 'settlement.answer'`,
      { kind, user: from.userId, utr: kind === 'paid' ? 'HDFCN52026110200007' : null },
    );
  const noTrigger = 'alter table settlement_endings disable trigger settlement_endings_posted';
  await execute(world.knex, noTrigger);
  for (const ending of [end('failed', two), end('paid', two), end('returned', one)])
    await expect(ending()).rejects.toMatchObject({ constraint: 'settlement_endings_two_persons' });
  await execute(world.knex, noTrigger.replace('disable', 'enable'));
  const other = await files.keep([[two, 'REJECTED,,,']]);
  const effect = `insert into settlement_responses select digest, bank, line_count, 0, 1, 0, 0, 0, kept_by, now(), id, :approval
    from settlement_answers where id = :id`;
  for (const approval of [await files.propose(other.id), null])
    await expect(execute(world.knex, effect, { id: other.id, approval })).rejects.toMatchObject({
      constraint: 'settlement_responses_two_persons',
    });
});
