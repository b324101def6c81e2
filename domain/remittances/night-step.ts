import type { Knex } from 'knex';
import { addMonths, type Clock } from '../../platform/clock';
import type { Ids } from '../../platform/ids';
import { formatRupees } from '../../platform/money';
import { addDays } from '../calendar/days';
import { closeCases, openCases, type NewCase } from '../cases/cases';
import type { NightStep } from '../night/step';
import { dueOn, dueRuleFor, gstDues, monthOf, tdsDues, type TaxDue } from './dues';

/** As far back as a month can still be owed. */
const MONTHS = 120;

/**
 * Taxes that are due soon, or late: a case for each that is owed for a month that is over, from some days before its due
 * date on. It closes itself when all of it is remitted.
 */
export function createTaxDuesStep(deps: { knex: Knex; clock: Clock; ids: Ids }): NightStep {
  const { knex, clock, ids } = deps;
  return {
    kind: 'tax_dues',
    dependsOn: ['balances'],
    async run({ date }) {
      const last = addMonths(monthOf(addDays(date, 1)), -1);
      const dues = [...(await tdsDues(knex, last, MONTHS)), ...(await gstDues(knex, last, MONTHS))];
      const [open, over]: [NewCase[], NewCase[]] = [[], []];
      for (const due of dues) {
        const rule = await dueRuleFor(knex, due.tax, due.month);
        const day = dueOn(due.month, rule);
        const isNear = addDays(date, rule.warnDays) >= day;
        (due.owedPaise > 0n && isNear ? open : over).push(caseOf(due, day));
      }
      const at = clock.now();
      await knex.transaction(async (trx) => {
        await closeCases(trx, over, { by: 'night', note: 'nothing of it is owed any more', at });
        await openCases(trx, ids, open, at);
      });
      return { months: dues.length, due: open.length };
    },
  };
}

function caseOf(due: TaxDue, day: string): NewCase {
  const { tax, month, section, owedPaise } = due;
  const what = section === null ? tax.toUpperCase() : `TDS (${section})`;
  return {
    kind: 'tax_remittance_due',
    subject: `tax:${tax}:${section ?? 'all'}:${month.slice(0, 7)}`,
    summary: `${what} of ${month.slice(0, 7)} is due on ${day}: ${formatRupees(owedPaise > 0n ? owedPaise : 0n)} are owed`,
    evidence: { month, due_on: day, owed_paise: owedPaise.toString() },
  };
}
