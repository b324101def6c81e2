import type { Reconfirm } from '../banks/ifsc';
import { bankOfIfsc } from '../banks/list';

/**
 * What a transaction of a service says of itself on a receipt, beside what all have. Each service declares
 * it (`service.ts`); the reader asks for it in the same statement as the transaction, so that a list costs one
 * query however long it is.
 */
export interface ReceiptRules {
  /**
   * An SQL expression that gives a JSON object, for the row of `transactions` at hand. It reads hints and
   * plain columns only, never a sealed one: what it gives is shown in lists.
   */
  readonly details: string;
  /**
   * What the caller still has to do after a success, while this SQL condition holds for the row of
   * `transactions` at hand.
   */
  readonly afterSuccess?: AfterSuccess;
}

interface AfterSuccess {
  readonly what: 'acknowledge_cash';
  readonly condition: string;
  /**
   * SQL that gives the ids of the transactions of `:userId` for which the condition may hold, from an index
   * that has only those: a list of them must not read all that were successful.
   */
  readonly candidates: string;
}

/** By service. */
export type ReceiptRegistry = Readonly<Record<string, ReceiptRules>>;

/** The person or firm that is paid, as a receipt may show them. */
export interface MaskedBeneficiary {
  kind: 'bank' | 'vpa';
  /** `…0000`; of a VPA `…@bank`. */
  account: string;
  ifsc: string | null;
  bank: string | null;
  /** Why the account has to be asked for anew before money is sent there again. */
  reconfirm: Reconfirm | null;
}

/** A JSON object with the details of one transaction, by the name of its service. */
export type ReceiptDetails = Readonly<Record<string, unknown>>;

/** Details as the database gives them; a beneficiary without the name of a bank gets it from the IFSC. */
export function shownDetails(found: ReceiptDetails | null): ReceiptDetails | null {
  if (found === null) return null;
  const { beneficiary } = found as { beneficiary?: MaskedBeneficiary };
  if (beneficiary === undefined) return found;
  const { bank, ifsc } = beneficiary;
  const known = bank === null || bank === '' ? (ifsc === null ? null : bankOfIfsc(ifsc)) : bank;
  return { ...found, beneficiary: { ...beneficiary, bank: known } };
}

/** One SQL expression for the details of a transaction of any service; only the row's own service is read. */
export function detailsSql(receipts: ReceiptRegistry): string {
  const cases = Object.entries(receipts).map(([service, { details }]) => `when '${service}' then ${details}`);
  return cases.length === 0 ? 'null::json' : `case transactions.service ${cases.join('\n')} end`;
}

/** One SQL expression for what the caller still owes after a success: a name of `NEXT_ACTIONS`, or null. */
export function owedSql(receipts: ReceiptRegistry): string {
  const cases = Object.entries(receipts).flatMap(([service, { afterSuccess }]) =>
    afterSuccess === undefined
      ? []
      : [
          `when transactions.service = '${service}' and ${afterSuccess.condition} then '${afterSuccess.what}'`,
        ],
  );
  return cases.length === 0 ? 'null::text' : `case ${cases.join('\n')} end`;
}

/** SQL that gives the transactions of `:userId` which may have something left to do after a success, by what. */
export function candidatesSql(receipts: ReceiptRegistry): Partial<Record<AfterSuccess['what'], string>> {
  const found: Partial<Record<AfterSuccess['what'], string>> = {};
  for (const { afterSuccess } of Object.values(receipts)) {
    if (afterSuccess === undefined) continue;
    const { what, candidates } = afterSuccess;
    found[what] = found[what] === undefined ? candidates : `${found[what]} union all ${candidates}`;
  }
  return found;
}
