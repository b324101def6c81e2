import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Connector } from '../../domain/connectors';
import type { StatementLine } from '../../domain/provider/provider';
import { addMs, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { BookPayout, SandboxBook } from './sandbox-book';

/**
 * The float check: the balance of the provider's own statement equals our float account adjusted, attempt by
 * attempt, for what the provider has taken and we have not yet settled. The statement is read through the
 * connector, as every night's reconciliation will.
 */
export interface FloatCheck {
  /** The money at the provider according to our float account. */
  oursPaise: bigint;
  /** Taken by the provider and not yet settled by us. */
  unsettledPaise: bigint;
  unsettledAttempts: number;
  /** The balance of the statement. */
  theirsPaise: bigint;
  lines: number;
  problems: string[];
}

export interface FloatCheckInput {
  knex: Knex;
  clock: Clock;
  connector: Connector;
  book: SandboxBook;
  since: Date;
  payouts: readonly BookPayout[];
}

const TRIES = 8;
const AGAIN_MS = 500;

/** Reads both sides until they agree: while others pay, a payment may fall between two readings. */
export async function checkFloat(input: FloatCheckInput): Promise<FloatCheck> {
  for (let attempt = 1; ; attempt += 1) {
    const check = await checkOnce(input);
    if (check.problems.length === 0 || attempt >= TRIES) return check;
    await pause(AGAIN_MS);
  }
}

async function checkOnce(input: FloatCheckInput): Promise<FloatCheck> {
  const { knex, clock, connector, book, since, payouts } = input;
  const { oursPaise, unsettled } = await readFloat(knex, connector.name);
  const taken = await book.payoutsOf(unsettled.map((a) => a.reference));
  const unsettledPaise =
    taken.reduce((sum, p) => sum + p.netDebitPaise, 0n) -
    unsettled.reduce((sum, a) => sum + a.postedPaise, 0n);
  const lines: StatementLine[] = [];
  for await (const line of connector.statement!(addMs(since, -1_000), addMs(clock.now(), 2_000)))
    lines.push(line);
  const theirsPaise = lines.at(-1)?.balancePaise ?? 0n;
  const problems = statementProblems(lines, payouts);
  if (lines.length === 0) problems.push('the statement is empty');
  else if (oursPaise - unsettledPaise !== theirsPaise)
    problems.push(
      `our float account, adjusted, differs from the statement by ${oursPaise - unsettledPaise - theirsPaise} paise`,
    );
  return {
    oursPaise,
    unsettledPaise,
    unsettledAttempts: unsettled.length,
    theirsPaise,
    lines: lines.length,
    problems,
  };
}

/**
 * Each payout has one line that takes what the book says it took, or none if it took nothing, and the balances of
 * the lines chain.
 */
export function statementProblems(lines: readonly StatementLine[], payouts: readonly BookPayout[]): string[] {
  const problems: string[] = [];
  const debits = new Map<string, StatementLine[]>();
  for (const line of lines)
    if (line.debitPaise > 0n) debits.set(line.sourceId, [...(debits.get(line.sourceId) ?? []), line]);
  for (const p of payouts) {
    const found = debits.get(p.id) ?? [];
    if (found.length !== (p.debitPaise > 0n ? 1 : 0) || (found[0]?.debitPaise ?? 0n) !== p.debitPaise)
      problems.push(`${p.id} has ${found.length} lines in the statement, or one of another amount`);
  }
  lines.forEach((line, i) => {
    const before = lines[i - 1];
    if (
      before !== undefined &&
      before.balancePaise + line.creditPaise - line.debitPaise !== line.balancePaise
    )
      problems.push(`the balance of the statement jumps at ${line.id}`);
  });
  return problems;
}

/**
 * Our float account, and the attempts whose transactions are not settled to the end, each with what was
 * posted of it; in one snapshot.
 */
function readFloat(
  knex: Knex,
  provider: string,
): Promise<{ oursPaise: bigint; unsettled: { reference: string; postedPaise: bigint }[] }> {
  return knex.transaction(
    async (trx) => {
      const [account] = await rows<{ balance: bigint }>(
        trx,
        'select debits_paise - credits_paise as balance from ledger_accounts where code = ?',
        [`float:${provider}`],
      );
      const unsettled = await rows<{ reference: string; postedPaise: bigint }>(
        trx,
        `
      select a.our_reference as reference, coalesce((
        select sum(case f.id when tr.credit_account_id then tr.amount_paise
          when tr.debit_account_id then -tr.amount_paise end)
        from transaction_events e join ledger_transfers tr on tr.journal_id = e.journal_id
        where e.transaction_id = t.id and a.attempt_no = t.attempt_no), 0)::int8 as "postedPaise"
      from transactions t
        join dispatch_attempts a on a.transaction_id = t.id
        join ledger_accounts f on f.code = 'float:' || t.provider
      where t.provider = ? and (t.state in ('dispatched', 'refund_pending') or t.posted_count < t.effect_count)`,
        [provider],
      );
      return { oursPaise: account?.balance ?? 0n, unsettled };
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}
