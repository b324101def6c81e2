import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { dueOn, dueRuleFor, gstDues, monthOf, tdsDues, TAXES, type TaxDue } from './dues';

export { TAXES };

/** What staff see of the taxes that we owe. */
export interface TaxDueView extends TaxDue {
  /** The last day on which it is paid in time. */
  dueOn: string;
}

export interface TaxDesk {
  /** The newest months first, so many of each tax; the month that runs is among them. */
  dues(months: number): Promise<TaxDueView[]>;
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
});
