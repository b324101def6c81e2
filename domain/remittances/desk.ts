import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { pageOf, type Page } from '../../platform/page';
import { dueOn, dueRuleFor, gstDues, monthOf, tdsDues, TAXES, type Tax, type TaxDue } from './dues';

export { TAXES };

/** What staff see of the taxes that we owe. */
export interface TaxDueView extends TaxDue {
  /** The last day on which it is paid in time. */
  dueOn: string;
}

export interface TaxDesk {
  /** The newest months first, so many of each tax; the month that runs is among them. */
  dues(months: number): Promise<TaxDueView[]>;
  /** What was paid to the state, the newest first; `after` is the id of the last one shown. */
  remittances(filter: {
    tax?: Tax | undefined;
    limit: number;
    after?: string | undefined;
  }): Promise<Page<RemittanceRow>>;
}

export interface RemittanceRow {
  id: string;
  tax: Tax;
  /** Its first day. */
  month: string;
  /** Of TDS. */
  section: string | null;
  paymentCode: string | null;
  amountPaise: Paise;
  inputPaise: Paise;
  challanNo: string;
  paidOn: string;
  /** With `utr`: null where input paid alone. */
  bank: string | null;
  utr: string | null;
  journalId: string;
  approvalId: string;
  postedAt: Date;
}

export const createTaxDesk = ({ knex, clock }: { knex: Knex; clock: Clock }): TaxDesk => ({
  async dues(months) {
    const upTo = monthOf(businessDate(clock.now()));
    const found = [...(await tdsDues(knex, upTo, months)), ...(await gstDues(knex, upTo, months))];
    return Promise.all(
      found.map(async (due) => ({
        ...due,
        dueOn: dueOn(due.month, await dueRuleFor(knex, due.tax, due.month)),
      })),
    );
  },
  async remittances({ tax, limit, after }) {
    const found = await rows<RemittanceRow>(
      knex,
      `select id, kind as tax, month::text as month, section, payment_code as "paymentCode",
        amount_paise as "amountPaise", input_paise as "inputPaise", challan_no as "challanNo",
        paid_on::text as "paidOn", bank, utr, journal_id as "journalId", approval_id as "approvalId",
        posted_at as "postedAt"
      from tax_remittances
      where (:tax::text is null or kind = :tax::text) and (:after::uuid is null or (posted_at, id)
        < (select posted_at, id from tax_remittances where id = :after::uuid))
      order by posted_at desc, id desc limit :limit`,
      { tax: tax ?? null, after: after ?? null, limit: limit + 1 },
    );
    return pageOf(found, limit, ({ id }) => id);
  },
});
