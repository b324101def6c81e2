import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { ServiceName } from '../provider/service-name';
import { accrueSql, type Basis, type ToldApartOf } from './accrual-sql';

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
  toldApart: ToldApartOf;
  /** The business day that is counted, `YYYY-MM-DD`; today where it is missing. */
  day?: string;
  /** Lines that were posted then or later are left for the next time; without it all are read. */
  ends?: Date;
  /** Only services whose commission is paid as it is earned, by the terms of the day. */
  isInstant?: boolean;
  /** Lines of an account that one database transaction reads. */
  batch?: number;
  /** After each batch, for progress. */
  onBatch?(done: Accrued): Promise<void> | void;
}

/** Large, since each batch writes one due for whomever it has shares of. */
const BATCH = 100_000;
/** For the shares of a batch, which else would go to a file. */
const WORK_MEM = '64MB';

/**
 * An account is read by so many at once, each for transactions of its own: all of them read every line. The rows of where
 * they stand are made for this number.
 */
const PARTS = 2;

/** Reads the lines of an income account for one part of the transactions. */
interface IncomeReader {
  part: number;
  service: ServiceName;
  accountId: bigint;
  /** What the account is of; null where the service has never shared anything else. */
  basis: Basis | null;
}

export function createCommissionAccruals(deps: AccrualDependencies): CommissionAccruals {
  const { batch = BATCH } = deps;
  return {
    async run() {
      const sum: Accrued = { lines: 0, earned: 0, takenBack: 0 };
      const readers = await incomeReaders(deps);
      const read = async (part: number): Promise<void> => {
        for (const reader of readers.filter((one) => one.part === part)) {
          for (;;) {
            const done = await accrueBatch(deps, reader, batch);
            add(sum, done);
            await deps.onBatch?.(done);
            if (done.read === 0) break;
          }
        }
      };
      await Promise.all(Array.from({ length: PARTS }, (_, part) => read(part)));
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
async function incomeReaders({
  knex,
  clock,
  day = businessDate(clock.now()),
  isInstant = false,
}: AccrualDependencies): Promise<IncomeReader[]> {
  return rows<IncomeReader>(
    knex,
    `with shared as (
      select t.service, a.id, case when t.kinds > 1 then t.basis end as basis
      from (select service, basis, count(*) over (partition by service) as kinds from commission_terms
        group by service, basis) t
        join ledger_accounts a on a.type = 'income' and case t.basis
          when 'fee' then a.code = 'income:fee:' || t.service
          else a.code like 'income:commission:%' and split_part(a.code, ':', 4) = t.service end
    ), parts as (
      select generate_series(0, ?::int4 - 1) as part
    ), known as (
      insert into commission_cursors (account_id, part) select id, part from shared, parts on conflict do nothing
    )
    select service, id as "accountId", basis, part from shared, parts
    where not ?::bool or (select mode from commission_terms m where m.service = shared.service and in_force_from <= ?::date
      order by in_force_from desc limit 1) = 'instant'
    order by id, part`,
    [PARTS, isInstant, day],
  );
}

async function accrueBatch(
  { knex, clock, toldApart, day = businessDate(clock.now()), ends }: AccrualDependencies,
  { service, accountId, part, basis }: IncomeReader,
  batch: number,
): Promise<Accrued & { read: number }> {
  return knex.transaction(async (trx) => {
    const [cursor] = await rows<{ readId: bigint }>(
      trx,
      'select read_id as "readId" from commission_cursors where account_id = ? and part = ? for update',
      [accountId, part],
    );
    if (cursor === undefined) return { read: 0, lines: 0, earned: 0, takenBack: 0 };
    await execute(trx, `set local work_mem = '${WORK_MEM}'`);
    // A second statement: it sees what whoever held the lock has written.
    const [done] = await rows<Accrued & { read: number }>(trx, accrueSql(service, toldApart, basis), {
      account: accountId,
      part,
      parts: PARTS,
      after: cursor.readId,
      batch,
      today: day,
      ends: ends ?? null,
    });
    return done!;
  });
}
