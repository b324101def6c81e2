import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { firstUuidAt } from '../../platform/ids';
import { textOf, type Person } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { closeCases, openCases, type NewCase } from '../cases/cases';
import { DomainError } from '../errors/errors';
import type { NightContext, NightResult } from '../night/step';
import { RECONCILIATION_ERRORS } from './errors';
import type { FollowDependencies } from './follow';
import { reconcile } from './run';
import type { Source } from './sources';

export interface Retirement {
  name: string;
  /** The first day of which no file is awaited; null where files come again. */
  from: string | null;
  reason: string;
}

/**
 * Says from which day on no file of a source is awaited, or that files come again. Throws DomainError
 * RECON_SOURCE_UNKNOWN, REQUEST_FIELD_INVALID.
 */
export async function retireSource(
  { knex, clock }: { knex: Knex; clock: Clock },
  { name, from, reason }: Retirement,
  by: Pick<Person, 'userId'>,
): Promise<void> {
  await knex.transaction(async (trx) => {
    const changed = await execute(
      trx,
      'update recon_sources set retired_from = :from::date where name = :name',
      {
        name,
        from,
      },
    );
    if (changed === 0) throw new DomainError(RECONCILIATION_ERRORS.RECON_SOURCE_UNKNOWN);
    await recordAudit(trx, {
      ...{ at: clock.now(), actor: by.userId, outcome: 'succeeded' },
      action: from === null ? 'recon.resume' : 'recon.retire',
      subject: `recon_source:${name}`,
      detail: { ...(from === null ? {} : { from }), reason: textOf('reason', reason) },
    });
  });
}

export const isRetired = ({ retiredFrom }: Pick<Source, 'retiredFrom'>, date: string): boolean =>
  retiredFrom !== null && retiredFrom <= date;

/**
 * What a night does for a source of which no file is awaited: it names it, and runs the last day of which there is a file
 * again while something of it is open or was not looked at yet, so that late lines are judged, suspense ages, and what no
 * report will ever have is a case. Where money still moves that no file shows, that is a case too.
 */
export async function reconcileRetired(
  deps: FollowDependencies,
  source: Pick<Source, 'name' | 'retiredFrom'>,
  { date, begins, ends }: NightContext,
): Promise<NightResult> {
  const { name, retiredFrom } = source;
  const [found] = await rows<Left>(deps.knex, LEFT, {
    ...{ name, date, begins, first: firstUuidAt(begins), last: firstUuidAt(ends) },
  });
  const { lastDay, isUnfinished, hasMoved } = found!;
  const at = deps.clock.now();
  if (hasMoved) await openCases(deps.knex, deps.ids, [unseenCase(source)], at);
  await closeCases(deps.knex, [missingReport(name, date)], {
    ...{ by: 'reconciliation', note: 'no file of the source is awaited any more', at },
  });
  const said = { [name]: `no file is awaited since ${retiredFrom!}` };
  if (lastDay === null || !isUnfinished) return said;
  const { counts } = await reconcile(deps, { source: name, businessDate: lastDay, seenTo: date });
  return {
    ...said,
    [`${name}_agreed`]: counts.agreed,
    [`${name}_open`]: Object.values(counts.open).reduce((sum, count) => sum + count, 0),
  };
}

interface Left {
  /** The last day of which there is a file. */
  lastDay: string | null;
  isUnfinished: boolean;
  /** Money moved on the night's day that a file of it would have shown, and no other source of its kind shows. */
  hasMoved: boolean;
}

/** What breaks have moved is no movement at the bank. */
const OF_OTHERS = `code not like 'break!_%' escape '!'`;

const LEFT = `
  select (select max(f.business_date)::text from recon_files f where f.source_id = s.id) as "lastDay",
    exists (select from recon_breaks b where b.source_id = s.id and b.state = 'open')
      or exists (select from recon_files f where f.source_id = s.id and f.imported_at > coalesce(
        (select max(r.started_at) from recon_runs r where r.source_id = s.id), '-infinity')) as "isUnfinished",
    not exists (select from recon_sources o where o.id <> s.id and o.kind = s.kind
        and (o.bank = s.bank or o.provider = s.provider and o.services @> s.services)
        and (o.retired_from is null or o.retired_from > :date::date))
      and case when s.bank is null then exists (select from transactions t
          where t.id between :first and :last and t.provider = s.provider and t.service = any(s.services) and t.attempt_no > 0)
        else exists (select from ledger_accounts a cross join lateral (
            (select created_at from ledger_transfers where debit_account_id = a.id and ${OF_OTHERS} order by id desc limit 1)
            union all (select created_at from ledger_transfers where credit_account_id = a.id and ${OF_OTHERS} order by id desc limit 1)) t
          where a.code = 'bank:' || s.bank and t.created_at >= :begins::timestamptz) end as "hasMoved"
  from recon_sources s where s.name = :name`;

const unseenCase = ({ name, retiredFrom }: Pick<Source, 'name' | 'retiredFrom'>): NewCase => ({
  kind: 'recon_report_missing',
  subject: `report:${name}`,
  situation: `retired ${retiredFrom!}`,
  summary: `No file of ${name} is awaited since ${retiredFrom!}, and money moves that only it would show`,
  evidence: { source: name, retired_from: retiredFrom },
});

export const missingReport = (source: string, date: string): NewCase => ({
  kind: 'recon_report_missing',
  subject: `report:${source}:${date}`,
  situation: 'missing',
  summary: `The report of ${source} of ${date} has not come: it is not reconciled, and later days wait`,
  evidence: { source, date },
});

export const neverCame = (source: string): NewCase => ({
  kind: 'recon_report_missing',
  subject: `report:${source}`,
  situation: 'never',
  summary: `No report of ${source} was ever imported: its payments are not reconciled`,
  evidence: { source },
});
