/** A retailer, the distributor above and the master above that, who earn by money transfers. */
import type { ProviderOutcome } from '../../domain/provider/outcome';
import { accountCode } from '../../domain/ledger/accounts';
import type { AppUser } from '../../domain/users/users';
import { execute, rows } from '../../platform/database';
import { systemIds } from '../../platform/ids';
import { closeWithCleanBooks } from './books';
import { createDesk, type Desk } from './commissions';
import { createDmtWorld, type DmtWorld, type Remitter } from './dmt-world';
import { runDue } from './driver';
import { createStaff, type Staff } from './operations';
import { sentOk } from './scripted-dmt';
import { balanceOf } from './world';

const DAY_MS = 86_400_000;
export const DMT = [
  '100-100000:retailer=200,distributor=25,master_distributor=12',
  '100001-190000:retailer=300',
  '190001-200000:retailer=800,distributor=100,master_distributor=50',
].join(';');

interface Network {
  world: DmtWorld;
  staff: Staff;
  desk: Desk;
  retailer: AppUser;
  distributor: AppUser;
  master: AppUser;
  /** In India. */
  today: string;
}

export const nextOf = (day: string): string => new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);

/** Before each test a new one; its books are read at the end. */
export function useCommissionNetwork() {
  const used = {} as Network;
  let remitter: Remitter;
  let seen = 0n;

  beforeEach(async () => {
    const world = await createDmtWorld();
    used.world = world;
    used.staff = await createStaff({ knex: world.knex, clock: world.clock });
    used.desk = createDesk(used.staff);
    used.retailer = await world.user(600_000n);
    [used.distributor, used.master] = [await world.user(0n), await world.user(0n)];
    await standBelow(used);
    await withPan(used.retailer, used.distributor, used.master);
    await used.desk.scheme('standard', 'all');
    await used.desk.rule('standard', 'dmt:IMPS', DMT, '2026-11-02');
    used.today = '2026-11-01';
    nextDay();
    remitter = await world.remitter(used.retailer);
    seen = 0n;
  });
  afterEach(async () => {
    used.staff.close();
    await closeWithCleanBooks(used.world.knex, used.world);
  });

  function nextDay(days = 1): void {
    used.world.clock.advance(days * DAY_MS);
    used.today = new Date(Date.parse(used.today) + days * DAY_MS).toISOString().slice(0, 10);
  }

  /** As if their papers were approved; the number itself is nobody's. */
  async function withPan(...users: AppUser[]): Promise<void> {
    const { knex, first } = used.world;
    await knex.transaction(async (trx) => {
      await execute(trx, 'set local session_replication_role = replica');
      for (const { userId } of users)
        await execute(trx, PAPERS, { id: userId, sealed: first.cipher.seal('nobody', 'kyc of a test') });
    });
  }

  async function transfer(amountPaise = 200_000n): Promise<string> {
    const { parts } = await used.world.transfer(remitter, [amountPaise]);
    used.world.connector.onSend = () => sentOk();
    await runDue(used.world.first, [{ job: 'hold', id: parts[0]!, driveNo: 0 }]);
    return parts[0]!;
  }
  async function reversed(id: string): Promise<void> {
    used.world.clock.advance(1);
    used.world.connector.onInquire = (): ProviderOutcome => ({ ...sentOk(), kind: 'reversed' });
    await runDue(used.world.first, [{ job: 'poll', id, driveNo: 0 }]);
  }
  const accrue = () => used.world.first.commissions.accruals.run();
  const pay = () => used.world.first.commissions.payouts.run();
  /** What was earned and taken back today is paid on the next day. */
  const overnight = async () => {
    await accrue();
    nextDay();
    return pay();
  };

  /** Journals of commission since the last look, each line as `debit -> credit paise`. */
  async function postings(): Promise<string[]> {
    const found = await rows<{ id: bigint; line: string }>(
      used.world.knex,
      `select x.id, d.code || ' -> ' || c.code || ' ' || x.amount_paise as line from ledger_transfers x
      join ledger_accounts d on d.id = x.debit_account_id join ledger_accounts c on c.id = x.credit_account_id
      where x.code like 'commission_share%' and x.id > ? order by x.id`,
      [seen],
    );
    seen = found.at(-1)?.id ?? seen;
    const names = [
      [used.retailer, 'R'],
      [used.distributor, 'D'],
      [used.master, 'M'],
    ] as const;
    return found
      .map(({ line }) => names.reduce((text, [user, name]) => text.replaceAll(user.userId, name), line))
      .toSorted();
  }

  /** All that the retailer's main wallet has goes to the bank. */
  async function spendMain(): Promise<void> {
    const { accounts, ledger } = used.world.first;
    const { accountId } = used.retailer;
    const bank = await accounts.id(accountCode.bank('escrow'));
    const amountPaise = await balanceOf(used.world.knex, accountId);
    const transfers = [{ debitAccountId: accountId, creditAccountId: bank, amountPaise, code: 'withdrawn' }];
    const { status } = await ledger.post({
      journal: { id: systemIds.uuid(), transactionId: null, transfers },
    });
    expect(status).toBe('posted');
  }

  return Object.assign(used, {
    nextDay,
    withPan,
    transfer,
    reversed,
    accrue,
    pay,
    overnight,
    postings,
    spendMain,
  });
}

async function standBelow({ world: { knex }, master, distributor, retailer }: Network): Promise<void> {
  const parentOf = 'update users set parent_id = ? where id = ?';
  await execute(knex, "update users set type = 'master_distributor' where id = ?", [master.userId]);
  await execute(knex, "update users set type = 'distributor' where id = ?", [distributor.userId]);
  await execute(knex, parentOf, [master.userId, distributor.userId]);
  await execute(knex, parentOf, [distributor.userId, retailer.userId]);
}

const PAPERS = `
  insert into kyc_records (id, user_id, tier, holder, state, saved_by, name_sealed, pan_sealed, pan_fingerprint, pan_hint,
    made_at, submitted_at, decided_at, approval_id, risk, due_on, lapses_at, after_tier)
  values (:id, :id, 'full', 'individual', 'approved', :id, :sealed, :sealed, sha256(:id::text::bytea), 'XXXXX0000X', now(), now(),
    now(), :id, 'low', '2030-01-01', '2030-01-01', 'small')`;

export const PAID = [
  'expense:commission:distributor -> tax:tds-payable 2',
  'expense:commission:distributor -> wallet:D:commission 98',
  'expense:commission:master_distributor -> tax:tds-payable 1',
  'expense:commission:master_distributor -> wallet:M:commission 49',
  'expense:commission:retailer -> tax:tds-payable 16',
  'expense:commission:retailer -> wallet:R:commission 784',
];
export const TAKEN_BACK = PAID.map((line) => line.replace(/^(\S+) -> (\S+)/, '$2 -> $1')).toSorted();
