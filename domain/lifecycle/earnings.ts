import type { Knex } from 'knex';
import { rows as readRows } from '../../platform/database';
import { formatRupees, type Paise } from '../../platform/money';
import type { TransactionId } from '../ids/ids';
import type { InquiryAnswer, ProviderOutcome } from '../provider/outcome';
import type { LockedTransaction } from './moves';

/**
 * What a provider says of its commission and its charge. Settle posts the first figures that it states with an
 * effect or, where it states none, the agreed ones. What it says later does not change them: a figure that
 * differs is a case, since one of the two is wrong, and money was posted.
 */
export interface Earned {
  commissionPaise: Paise;
  tdsPaise: Paise;
  /** The provider's fee and the tax on it, as posted with the success; null without a success. */
  feePaise?: Paise | null;
  feeTaxPaise?: Paise | null;
}

/** A case: its kind, and what it says. */
export interface Difference {
  kind: 'commission_differs' | 'charge_differs' | 'provider_fee_differs';
  summary: string;
  /** What a person who closes it has settled: the figures, whoever states them again. */
  situation: string;
}

interface Report {
  transactionId: TransactionId;
  attemptNo: number;
  source: string;
  answer: InquiryAnswer;
}

const NOTHING: Earned = { commissionPaise: 0n, tdsPaise: 0n };

/** The commission that an answer states; of a refund, what the provider takes back. */
function statedBy(answer: Partial<ProviderOutcome>): Earned | undefined {
  const { commissionPaise, tdsPaise } = answer;
  return commissionPaise === undefined || tdsPaise === undefined ? undefined : { commissionPaise, tdsPaise };
}

function saysWhatIsKept(answer: InquiryAnswer): boolean {
  return answer.kind === 'succeeded' || answer.kind === 'refund_pending';
}

/** The commission that is known from now on because of a recorded answer, if it is one that is posted. */
export function earnedBy(entry: { report: Report; effectSeq: number | null }): Earned | undefined {
  const { answer } = entry.report;
  return entry.effectSeq === null || !saysWhatIsKept(answer)
    ? undefined
    : statedBy(answer as Partial<ProviderOutcome>);
}

/**
 * The commissions that are known, stated or agreed, of transactions that have an outcome already and about which
 * a report states one. Read only then, which is seldom: a provider that states it does so once.
 */
export async function readEarned(
  trx: Knex.Transaction,
  reports: readonly Report[],
  locked: ReadonlyMap<string, LockedTransaction>,
): Promise<Map<string, Earned>> {
  const ids = reports
    .filter(
      ({ transactionId, source, answer }) =>
        (statedBy(answer as Partial<ProviderOutcome>) !== undefined || statesFee({ source, answer })) &&
        (locked.get(transactionId)?.outcome ?? null) !== null,
    )
    .map(({ transactionId }) => transactionId);
  if (ids.length === 0) return new Map();
  const found = await readRows<Earned & { id: string }>(
    trx,
    `
    select t.id, coalesce(s.commission_paise, t.agreed_commission_paise, 0) as "commissionPaise",
      coalesce(s.tds_paise, t.agreed_tds_paise, 0) as "tdsPaise",
      f.fee as "feePaise", f.tax as "feeTaxPaise"
    from transactions t left join lateral (select o.commission_paise, o.tds_paise from transaction_outcomes o
      where o.transaction_id = t.id and o.effect_seq is not null and o.commission_paise is not null
        and o.kind in ('succeeded', 'refund_pending') order by o.seq limit 1) s on true
      left join lateral (select coalesce(o.provider_fee_paise, 0) as fee, coalesce(o.provider_tax_paise, 0) as tax
        from transaction_outcomes o where o.transaction_id = t.id and o.effect = 'success' limit 1) f on true
    where t.id = any(?::uuid[])`,
    [ids],
  );
  return new Map(found.map(({ id, ...earned }) => [id, earned]));
}

/** The action of an approval in which two persons said where a charge belongs (domain/decisions/charges.ts). */
export const CHARGE_DECIDED = 'case.charge';

const GIVEN_BACK: ReadonlySet<string> = new Set(['reversed', 'refunded']);

/**
 * The transactions about whose charge two persons have decided, among those that a report gives back. Read only
 * then, which is seldom.
 */
export async function readDecidedCharges(
  trx: Knex.Transaction,
  reports: readonly Report[],
  locked: ReadonlyMap<string, LockedTransaction>,
): Promise<Set<string>> {
  const ids = reports
    .filter(
      ({ transactionId, answer }) =>
        GIVEN_BACK.has(answer.kind) && (locked.get(transactionId)?.outcome ?? null) !== null,
    )
    .map(({ transactionId }) => transactionId);
  if (ids.length === 0) return new Set();
  const found = await readRows<{ id: string }>(
    trx,
    `select c.transaction_id as id from ops_cases c join approvals a on a.case_id = c.id
    where c.transaction_id = any(?::uuid[]) and a.action = '${CHARGE_DECIDED}' and a.state = 'approved'`,
    [ids],
  );
  return new Set(found.map(({ id }) => id));
}

/**
 * The case that a transaction is given back after two persons had decided about its charge: the effect takes the
 * difference back from suspense, where it is no more.
 */
function decidedChargeGivenBack({ answer, source }: Report): Difference {
  return {
    kind: 'charge_differs',
    summary: `${source} says ${answer.kind}, and the charge had been decided about: undo what was decided`,
    situation: `${answer.kind} after a decision`,
  };
}

/** The differences between a report and what is known. `earned` is known only once there is an outcome. */
export function differencesOf(
  row: LockedTransaction,
  report: Report,
  earned: Earned | undefined,
  isDecidedChargeGivenBack: boolean,
): Difference[] {
  const { attemptNo, source, answer } = report;
  const found = isDecidedChargeGivenBack ? [decidedChargeGivenBack(report)] : [];
  if (attemptNo !== row.attemptNo || !(saysWhatIsKept(answer) || answer.kind === 'refunded')) return found;
  const said = answer as Partial<ProviderOutcome>;
  const stated = statedBy(said);
  if (row.outcome !== null && stated !== undefined && !isSame(stated, earned ?? NOTHING))
    found.push({
      kind: 'commission_differs',
      summary: `${source} says ${answer.kind} with ${shown(stated)}; known was ${shown(earned ?? NOTHING)}`,
      situation: `${answer.kind} with ${shown(stated)}`,
    });
  if (saysWhatIsKept(answer) && said.chargePaise !== undefined && said.chargePaise !== row.chargePaise)
    found.push({
      kind: 'charge_differs',
      summary:
        `${source} says that the provider took a charge of ${formatRupees(said.chargePaise)}; ` +
        `the customer paid ${formatRupees(row.chargePaise)}`,
      situation: `a charge of ${formatRupees(said.chargePaise)}`,
    });
  const { feePaise = null, feeTaxPaise = null } = earned ?? {};
  const [fee, tax] = [said.providerFeePaise, said.providerTaxPaise ?? 0n];
  if (
    row.outcome === 'succeeded' &&
    statesFee({ source, answer }) &&
    feePaise !== null &&
    (fee !== feePaise || tax !== feeTaxPaise)
  )
    found.push({
      kind: 'provider_fee_differs',
      summary:
        `${source} says that the provider charged ${formatRupees(fee!)} and tax of ${formatRupees(tax)}; ` +
        `known were ${formatRupees(feePaise)} and ${formatRupees(feeTaxPaise ?? 0n)}`,
      situation: `a fee of ${formatRupees(fee!)} and tax of ${formatRupees(tax)}`,
    });
  return found;
}

/**
 * True if an answer about a success states the provider's fee. Callbacks are left out: they repeat the answer that
 * they follow, of each payment, and an inquiry is made later anyway.
 */
function statesFee({ source, answer }: Pick<Report, 'source' | 'answer'>): boolean {
  return source !== 'callback' && answer.kind === 'succeeded' && answer.providerFeePaise !== undefined;
}

const isSame = (a: Earned, b: Earned): boolean =>
  a.commissionPaise === b.commissionPaise && a.tdsPaise === b.tdsPaise;

const shown = ({ commissionPaise, tdsPaise }: Earned): string =>
  `a commission of ${formatRupees(commissionPaise)} less TDS of ${formatRupees(tdsPaise)}`;
