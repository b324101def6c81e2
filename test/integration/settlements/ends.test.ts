/**
 * A line of a file that the bank does not answer: two persons say what became of it, when no answer can come any more. What
 * comes all the same moves nothing a second time.
 */
import type { EndGiven } from '../../../domain/settlements/ends';
import { FILE_CANCEL } from '../../../domain/settlements/files';
import { rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { violationsIn } from '../../support/operations';
import { createFilesWorld, type FilesWorld } from '../../support/settlement-files';
import {
  importQuietStatements,
  importStatement,
  statementState,
  type Earner,
} from '../../support/settlements';

let files: FilesWorld;
let one: Earner;
let two: Earner;
/** Written on Monday, 2 November; three banking days later is Thursday. */
const OVER = '2026-11-05T18:30:00Z';
beforeEach(async () => {
  files = await createFilesWorld();
  [one, two] = files.earners as [Earner, Earner, Earner];
  await files.written();
});
afterEach(async () => {
  await files.close();
});

const UTR = 'HDFCN52026110200001';
async function proposed(from: Earner, says: EndGiven['says'], utrs: Partial<EndGiven> = {}): Promise<string> {
  const id = parsePublicId('settlementItem', await files.itemOf(from))!;
  const said = { reason: 'no answer came', evidence: 'letter of the bank' };
  const given = { id, says, utr: null, returnUtr: null, ...utrs, ...said };
  return (await files.approvals.propose(await files.desk.endProposal(given), files.staff.asha)).id;
}
/** The statements of the days on which the bank could have paid it. */
const quiet = () => importQuietStatements(files.staff, ['02', '03', '04', '05']);
const approve = (id: string) => files.approvals.approve(id, files.staff.ravi);
const refused = (detail: RegExp) => ({
  code: 'SETTLEMENT_END_REFUSED',
  detail: expect.stringMatching(detail) as string,
});
const openCases = () =>
  rows<{ kind: string }>(
    files.world.knex,
    "select kind from ops_cases where kind = 'settlement_contradicted' and closed_at is null",
  );

test('it is refused to the end of the last day on which the bank may answer, and while an answer waits', async () => {
  files.world.clock.set('2026-11-05T18:29:59Z');
  await expect(proposed(one, 'REJECTED')).rejects.toMatchObject(refused(/until the end of 2026-11-05/));
  files.world.clock.set(OVER);
  const { id } = await files.keep([[one, `PAID,${UTR},,`]]);
  await expect(proposed(one, 'REJECTED')).rejects.toMatchObject(refused(/waits for a second person/));
  await files.approvals.reject(await files.propose(id), files.staff.ravi, 'of another company');
  await expect(proposed(one, 'PAID')).rejects.toMatchObject(refused(/has its UTR/));
  await expect(proposed(one, 'REJECTED', { utr: UTR })).rejects.toMatchObject(refused(/has its UTR/));
  await quiet();
  await approve(await proposed(one, 'REJECTED'));
  expect(await files.statusOf(one)).toBe('FAILED');
});

test('given back by two persons: a late answer that it was paid moves nothing, and is a case', async () => {
  files.world.clock.set(OVER);
  await quiet();
  const proposal = await proposed(one, 'REJECTED');
  await expect(files.approvals.approve(proposal, files.staff.asha)).rejects.toMatchObject({
    code: 'APPROVAL_NEEDS_ANOTHER',
  });
  expect(await files.held()).toEqual([0n, 0n, 0n]);
  await approve(proposal);
  expect(await files.held()).toEqual([100_000n, 0n, 0n]);
  expect(await files.answer([[one, `PAID,${UTR},,`]])).toMatchObject({ paid: 0, contradicted: 1 });
  expect(await files.held()).toEqual([100_000n, 0n, 0n]);
  expect(await openCases()).toHaveLength(1);
  await expect(proposed(one, 'PAID', { utr: UTR })).rejects.toMatchObject(refused(/after it had failed/));
  expect(await violationsIn(files.world.knex)).toEqual([]);
});

test('paid by the word of two persons, found in the statement, and returned later', async () => {
  files.world.clock.set(OVER);
  await approve(await proposed(one, 'PAID', { utr: UTR }));
  expect(await files.statusOf(one)).toBe('PAID');
  await expect(proposed(one, 'PAID', { utr: UTR })).rejects.toMatchObject(refused(/has said so already/));
  await expect(proposed(two, 'PAID', { utr: UTR })).rejects.toMatchObject(refused(/stands for other money/));
  const same = await files.keep([[one, `PAID,${UTR},,`]]);
  expect(same.counts).toMatchObject({ known: 1, paid: 0 });
  await expect(files.propose(same.id)).rejects.toMatchObject({ code: 'APPROVAL_NOTHING_CHANGES' });
  expect(await statementState(files.world, files.staff, { debit: '994.10', utr: UTR })).toBe('agreed');
  expect(await violationsIn(files.world.knex)).toEqual([]);
});

test('a debit of that amount which nothing explains may be this payment: nothing is given back before it is', async () => {
  await statementState(files.world, files.staff, { debit: '994.10', utr: UTR });
  files.world.clock.set(OVER);
  await expect(proposed(one, 'REJECTED')).rejects.toMatchObject(refused(/that nothing explains/));
  const returned = await proposed(two, 'RETURNED', { utr: UTR, returnUtr: 'HDFCN52026110300001' });
  await approve(returned);
  expect([await files.statusOf(two), await files.held()]).toEqual(['RETURNED', [0n, 100_000n, 0n]]);
});

test('nothing is given back before the statement of each day was read on which the bank could have paid it', async () => {
  files.world.clock.set(OVER);
  await expect(proposed(one, 'REJECTED')).rejects.toMatchObject(refused(/of 2026-11-02 was not imported/));
  await importQuietStatements(files.staff, ['02', '03', '05']);
  await expect(proposed(one, 'REJECTED')).rejects.toMatchObject(refused(/of 2026-11-04 was not imported/));
  await importQuietStatements(files.staff, ['04']);
  await approve(await proposed(one, 'REJECTED'));
  expect(await files.held()).toEqual([100_000n, 0n, 0n]);
});

test.each([
  ['all lines of the file', '2982.30', '09'],
  ['the lines that have not failed', '1988.20', '05'],
])('a debit that nothing explains of %s may be this payment too', async (_what, debit, day) => {
  await files.answer([[two, 'REJECTED,,,']]);
  await quiet();
  files.world.clock.set('2026-11-20T05:00:00Z');
  await importStatement(files.staff, '2026-11-20', { debit, utr: 'HDFCBULK2026112000001' });
  const proposal = await proposed(one, 'REJECTED');
  await importStatement(files.staff, `2026-11-${day}`, { debit, utr: 'HDFCBULK2026110200001' });
  await expect(approve(proposal)).rejects.toMatchObject({
    code: 'APPROVAL_OVERTAKEN',
    detail: expect.stringContaining('SETTLEMENT_END_REFUSED') as string,
  });
  await expect(proposed(one, 'REJECTED')).rejects.toMatchObject(refused(/that nothing explains/));
});

test("an answer that says what is known is in nobody's way: what came back later is said by two persons", async () => {
  await files.answer([[one, `PAID,${UTR},,`]]);
  await files.keep([
    [one, `PAID,${UTR},,`],
    [one, `PAID,${UTR},,`],
  ]);
  files.world.clock.set(OVER);
  await approve(await proposed(one, 'RETURNED', { utr: UTR, returnUtr: 'HDFCN52026110300001' }));
  expect(await files.statusOf(one)).toBe('RETURNED');
});

test('what the bank rejects after a file was lost is given back by the word of two persons alone', async () => {
  await files.decided(FILE_CANCEL);
  files.world.clock.set('2026-11-03T05:00:00Z');
  await files.written();
  expect(await files.answer([[one, 'REJECTED,,,']])).toMatchObject({ failed: 0, contradicted: 1 });
  files.world.clock.set('2026-11-09T05:00:00Z');
  await importQuietStatements(files.staff, ['03', '04', '05', '06']);
  await approve(await proposed(one, 'REJECTED'));
  expect(await files.held()).toEqual([100_000n, 0n, 0n]);
  expect(await violationsIn(files.world.knex)).toEqual([]);
});

test('a person and the bank at once: one of them ends it', async () => {
  files.world.clock.set(OVER);
  await quiet();
  const byPersons = await proposed(one, 'REJECTED');
  const { id } = await files.keep([[one, `PAID,${UTR},,`]]);
  await expect(approve(byPersons)).rejects.toMatchObject({ code: 'APPROVAL_OVERTAKEN' });
  await approve(await files.propose(id));
  expect(await files.statusOf(one)).toBe('PAID');
});
