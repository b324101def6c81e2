import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { ACCRUE } from './accrual-sql';

/**
 * What users earn by transactions that ended. A service's commission is posted to an income account with its success
 * and taken from it with a reversal; these lines are read in their order, some thousand at a time, and shared by the
 * rule that was in force when the transaction was accepted, up the network as it stood then.
 *
 * The lines of one account are committed in the order of their ids, since a posting holds the account until its commit.
 * Where the reading stands moves with what was written, under the lock of that row: killed anywhere, run twice at once
 * or run again, each line counts once.
 */
export interface CommissionAccruals {
  /** Reads on until no account has more. Returns the number of lines that were read, by service. */
  run(): Promise<Accrued>;
}

export interface Accrued {
  lines: number;
  earned: number;
  takenBack: number;
}

export interface AccrualDependencies {
  knex: Knex;
  clock: Clock;
  /** The business day that is counted, `YYYY-MM-DD`; today where it is missing. */
  day?: string;
  /** Lines of an account that one database transaction reads. */
  batch?: number;
  /** After each batch, for progress. */
  onBatch?(done: Accrued): Promise<void> | void;
}

const BATCH = 20_000;

interface IncomeAccount {
  accountId: bigint;
}

export function createCommissionAccruals(deps: AccrualDependencies): CommissionAccruals {
  const { knex, batch = BATCH } = deps;
  return {
    async run() {
      const sum: Accrued = { lines: 0, earned: 0, takenBack: 0 };
      for (const { accountId } of await incomeAccounts(knex)) {
        for (;;) {
          const done = await accrueBatch(deps, accountId, batch);
          add(sum, done);
          await deps.onBatch?.(done);
          if (done.lines === 0) break;
        }
      }
      return sum;
    },
  };
}

function add(sum: Accrued, { lines, earned, takenBack }: Accrued): void {
  sum.lines += lines;
  sum.earned += earned;
  sum.takenBack += takenBack;
}

/** The accounts of services whose income is shared; each gets a row that says how far it is read. */
async function incomeAccounts(knex: Knex): Promise<IncomeAccount[]> {
  return rows<IncomeAccount>(
    knex,
    `with shared as (
      select a.id from (select distinct service, basis from commission_terms) t
        join ledger_accounts a on a.type = 'income' and case t.basis
          when 'fee' then a.code = 'income:fee:' || t.service
          else a.code like 'income:commission:%' and split_part(a.code, ':', 4) = t.service end
    ), known as (
      insert into commission_cursors (account_id) select id from shared on conflict do nothing
    )
    select id as "accountId" from shared order by id`,
  );
}

async function accrueBatch(
  { knex, clock, day = businessDate(clock.now()) }: AccrualDependencies,
  accountId: bigint,
  batch: number,
): Promise<Accrued> {
  return knex.transaction(async (trx) => {
    const [cursor] = await rows<{ readId: bigint }>(
      trx,
      'select read_id as "readId" from commission_cursors where account_id = ? for update',
      [accountId],
    );
    if (cursor === undefined) return { lines: 0, earned: 0, takenBack: 0 };
    // A second statement: it sees what whoever held the lock has written.
    const [done] = await rows<Accrued>(trx, ACCRUE, {
      account: accountId,
      after: cursor.readId,
      batch,
      today: day,
    });
    return done!;
  });
}
