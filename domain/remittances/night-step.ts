import type { Knex } from 'knex';
import { addMonths, type Clock } from '../../platform/clock';
import type { Ids } from '../../platform/ids';
import { formatRupees } from '../../platform/money';
import { addDays } from '../calendar/days';
import { closeCases, openCases, type NewCase } from '../cases/cases';
import type { NightStep } from '../night/step';
import { dueOn, dueRuleFor, gstDues, monthOf, overpaidOn, tdsDues, type Overpaid, type TaxDue } from './dues';

/** As far back as a month can still be owed. */
const MONTHS = 120;
/** Less is what challans in whole rupees leave. */
const RUPEE = 100n;

/**
 * Taxes that are due soon, or late: a case for each that is owed for a month that is over, from some days before its due
 * date on. It closes itself when all of it is remitted. What was remitted by a section that has ended, and was taken back
 * since, is a case too: nothing of that section will use it up.
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
      for (const one of await overpaidOn(knex, date))
        (one.paise >= RUPEE ? open : over).push(overpaidCase(one));
      const at = clock.now();
      await knex.transaction(async (trx) => {
        await closeCases(trx, over, { by: 'night', note: 'nothing of it is owed any more', at });
        await openCases(trx, ids, open, at);
      });
      const due = open.filter(({ kind }) => kind === 'tax_remittance_due').length;
      return { months: dues.length, due, overpaid: open.length - due };
    },
  };
}

const overpaidCase = ({ section, paise }: Overpaid): NewCase => ({
  kind: 'tax_overpaid',
  subject: `tax:tds:${section}:overpaid`,
  // more of it is another matter than what a person has claimed already
  situation: `${paise} paise`,
  summary: `TDS (${section}): ${formatRupees(paise)} more was remitted than was deducted in the end, and the section has ended`,
  evidence: { section, paise: paise.toString() },
});

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
