import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { derivedUuid } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import type { AccountId, TransactionId } from '../ids/ids';
import { accountCode, type AccountDirectory } from '../ledger/accounts';
import { CHARGE_DECIDED } from '../lifecycle/earnings';
import { journalId, type Journal, type Transfer } from '../ledger/journal';
import type { ServiceName } from '../provider/service-name';

/**
 * A provider took another charge than the customer paid, and suspense carries the difference. What two persons
 * may say of it:
 *   charge_stands     the provider is right. What it took too much is our loss; what it took too little the
 *                     customer gets back.
 *   charge_corrected  the provider puts it right: it gives back what it took too much, or takes the rest.
 *   charge_undone     the transaction was given back after such a decision, and the charge with it: what was
 *                     decided is posted backwards.
 */
export const CHARGE_CHOICES = ['charge_stands', 'charge_corrected', 'charge_undone'] as const;
export type ChargeChoice = (typeof CHARGE_CHOICES)[number];

export const isChargeChoice = (choice: string): choice is ChargeChoice =>
  (CHARGE_CHOICES as readonly string[]).includes(choice);

export interface ChargeStanding {
  /** What the effects have left in suspense: above zero if the provider took more than the customer paid. */
  differencePaise: Paise;
  /** The journal of the decision that stands; null without one. */
  decidedJournal: string | null;
}

/** `postedCount`: how many effects of the transaction are posted. */
export async function readChargeStanding(
  db: Knex | Knex.Transaction,
  { id, postedCount }: { id: TransactionId; postedCount: number },
): Promise<ChargeStanding> {
  const journals = Array.from({ length: postedCount }, (_, i) => journalId(id, 'effect', i + 1));
  const [found] = await rows<ChargeStanding>(
    db,
    `select
      (select coalesce(sum(case code when 'charge_difference' then amount_paise else -amount_paise end), 0)::int8
        from ledger_transfers where journal_id = any(:journals::uuid[])
          and code in ('charge_difference', 'charge_difference_reversed')) as "differencePaise",
      (select case when last.choice <> 'charge_undone' then last.journal_id end from (
        select a.journal_id, a.detail ->> 'choice' as choice from approvals a join ops_cases c on c.id = a.case_id
        where c.transaction_id = :id and a.action = '${CHARGE_DECIDED}' and a.state = 'approved'
        order by a.decided_at desc, a.id desc limit 1) as last) as "decidedJournal"`,
    { id, journals },
  );
  return found!;
}

/** What may be chosen: nothing where suspense carries nothing that a choice could move. */
export function chargeChoices({ differencePaise, decidedJournal }: ChargeStanding): ChargeChoice[] {
  if (decidedJournal === null) return differencePaise === 0n ? [] : ['charge_stands', 'charge_corrected'];
  return differencePaise === 0n ? ['charge_undone'] : [];
}

/** The transaction whose charge is decided about. */
export interface Charged {
  service: ServiceName;
  provider: string;
  flow: 'debit' | 'credit';
  /** The ledger account of its wallet. */
  accountId: AccountId;
}

/** The journal of a choice about a case. A case has one at most: posting it again finds the first. */
export async function chargeJournal(
  trx: Knex.Transaction,
  accounts: AccountDirectory,
  given: { caseId: string; choice: ChargeChoice; about: Charged; standing: ChargeStanding },
): Promise<Journal> {
  const { caseId, choice, about, standing } = given;
  const transfers =
    choice === 'charge_undone'
      ? await backwards(trx, standing.decidedJournal!)
      : [await emptied(accounts, choice, about, standing.differencePaise)];
  return { id: derivedUuid(caseId, 'charge'), transactionId: null, transfers };
}

/** The transfer that takes the difference out of suspense. */
async function emptied(
  accounts: AccountDirectory,
  choice: Exclude<ChargeChoice, 'charge_undone'>,
  about: Charged,
  differencePaise: Paise,
): Promise<Transfer> {
  const { provider, service, flow, accountId } = about;
  const isTooMuch = differencePaise > 0n;
  const suspense = await accounts.id(accountCode.suspense(provider));
  const ofProvider =
    flow === 'debit' ? accountCode.float(provider) : accountCode.receivable(provider, service);
  const bearer = (): Promise<AccountId> | AccountId =>
    isTooMuch ? accounts.id(accountCode.loss(provider)) : accountId;
  const other = choice === 'charge_stands' ? await bearer() : await accounts.id(ofProvider);
  const code = choice === 'charge_stands' ? 'charge_difference_kept' : 'charge_difference_corrected';
  return isTooMuch
    ? { debitAccountId: other, creditAccountId: suspense, amountPaise: differencePaise, code }
    : { debitAccountId: suspense, creditAccountId: other, amountPaise: -differencePaise, code };
}

async function backwards(trx: Knex.Transaction, journal: string): Promise<Transfer[]> {
  return rows<Transfer>(
    trx,
    `select debit_account_id as "creditAccountId", credit_account_id as "debitAccountId",
      amount_paise as "amountPaise", code || '_reversed' as code
    from ledger_transfers where journal_id = ? order by line`,
    [journal],
  );
}
