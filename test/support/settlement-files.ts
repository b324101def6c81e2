/** Three wallets whose batch goes to our bank by a file, and what two persons do with files and answers. */
import type { Person } from '../../domain/approvals/approvals';
import { FILE_RELEASE, type FileAsked } from '../../domain/settlements/files';
import { execute } from '../../platform/database';
import { closeWithCleanBooks } from './books';
import { createStaff, type Staff } from './operations';
import { earner, withBankAccount, type Earner } from './settlements';
import { balanceOf, createWorld, type World } from './world';

export const MONDAY = '2026-11-02';
export const ANSWER_HEAD = 'reference,amount,status,utr,return_utr,reason';
/** A wallet, and what stands after reference and amount: `PAID,HDFCN52026110200001,,`. */
export type Says = readonly (readonly [Earner, string])[];

export type FilesWorld = Awaited<ReturnType<typeof createFilesWorld>>;

/** Three wallets of 1,000.00, and a batch of the evening: 994.10 go to the bank, 5.90 are the fee with its tax. */
export async function createFilesWorld() {
  const world = await createWorld({ start: '2026-11-02T11:00:00Z' });
  const { knex, clock, cipher } = { ...world.first, clock: world.clock };
  const staff = await createStaff({ knex, clock, cipher });
  await execute(
    world.knex,
    `insert into prices (service, mode, up_to_paise, in_force_from, fee_paise, provider_fee_paise)
     values ('settlement', 'commission', 1000000000000, '2026-11-01', 500, 0)`,
  );
  await world.first.policies.refresh();
  const earners: Earner[] = [];
  for (let n = 0; n < 3; n += 1) {
    const one = await earner(world, 'commission', 100_000n);
    await withBankAccount(world, one);
    earners.push(one);
  }
  world.clock.set('2026-11-02T11:30:00Z');
  await Promise.all([world.first.settlementBatches.run(MONDAY), world.first.settlementBatches.run(MONDAY)]);
  return { world, staff, earners, ...doers(world, staff, earners) };
}

function doers(world: World, staff: Staff, earners: readonly Earner[]) {
  const { settlements: desk, approvals } = staff.operations;
  const first = async ({ userId }: Earner) =>
    (await world.first.settlements.list(userId, { limit: 1 })).data[0]!;
  const itemOf = async (one: Earner): Promise<string> => (await first(one)).id;

  async function decided(action: FileAsked['action'], number = 1n, by = staff.ravi): Promise<void> {
    const said = { reason: 'for the bank', evidence: 'totals compared' };
    const { id } = await approvals.propose(await desk.fileProposal({ number, action, ...said }), staff.asha);
    await approvals.approve(id, by);
  }
  /** A file of all that waits. */
  async function written(): Promise<string> {
    const { number } = await desk.make('escrow', staff.asha);
    await decided(FILE_RELEASE, number);
    return (await desk.write(number, staff.asha)).text;
  }
  async function bytesOf(says: Says): Promise<Buffer> {
    const lines = await Promise.all(says.map(async ([one, text]) => `${await itemOf(one)},994.10,${text}`));
    return Buffer.from([ANSWER_HEAD, ...lines].join('\n'));
  }
  const keep = async (says: Says, by: Person = staff.asha) =>
    desk.keepAnswer('escrow', await bytesOf(says), by);
  async function propose(id: string, by: Person = staff.asha): Promise<string> {
    const said = { reason: 'of the evening', evidence: 'mail of the bank' };
    return (await approvals.propose(await desk.answerProposal({ id, ...said }), by)).id;
  }
  /** Kept and proposed by one, let in by another; returns what it did. */
  async function answer(says: Says) {
    const { id } = await keep(says);
    await approvals.approve(await propose(id), staff.ravi);
    return (await desk.answer(id)).counts;
  }
  return {
    ...{ desk, approvals, itemOf, decided, written, bytesOf, keep, propose, answer },
    statusOf: async (one: Earner) => (await first(one)).status,
    held: () => Promise.all(earners.map(({ earned }) => balanceOf(world.knex, earned))),
    async close() {
      staff.close();
      await closeWithCleanBooks(world.knex, world);
    },
  };
}
