import type { Knex } from 'knex';
import type { Ids } from '../../platform/ids';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { formatRupees } from '../../platform/money';
import { closeCases, openCases, type NewCase } from '../cases/cases';
import type { CaseKind } from '../cases/kinds';
import { transactionId, type TransactionId } from '../ids/ids';
import type { Overtaken } from './breaks';
import type { Source } from './sources';
import { isCarried, lockBreak, postForBreak, type SuspenseDependencies } from './suspense';
import type { Terms } from './terms';

export interface FollowDependencies extends SuspenseDependencies {
  ids: Ids;
}

/** Takes back what was posted for breaks that are not what they were. */
export async function takeBack(deps: FollowDependencies, overtaken: readonly Overtaken[]): Promise<void> {
  for (const { id, kind, gapPaise, ours, theirs } of overtaken) {
    await deps.knex.transaction(async (trx) => {
      const found = await lockBreak(trx, id);
      if (found === undefined || found.state !== 'open' || found.suspensePaise === 0n) return;
      await postForBreak(trx, deps, found, 'suspense_back');
      if (kind === null && found.writtenOffPaise === 0n) {
        await execute(
          trx,
          `update recon_breaks set state = 'resolved', resolution = 'agrees_now', resolved_at = ? where id = ?`,
          [deps.clock.now(), id],
        );
        return;
      }
      // What it is now is followed like a new one; its case stays open. Explained, a loss is still to be taken back.
      await execute(
        trx,
        `update recon_breaks set kind = coalesce(:kind, kind), gap_paise = coalesce(:gap::int8, 0),
          ours = coalesce(:ours::jsonb, ours), theirs = coalesce(:theirs::jsonb, theirs), case_id = null where id = :id`,
        { id, kind, gap: gapPaise, ours: jsonOrNull(ours), theirs: jsonOrNull(theirs) },
      );
    });
  }
}

const jsonOrNull = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);

interface Open {
  id: string;
  kind: string;
  businessDate: string;
  gapPaise: bigint;
  suspensePaise: bigint;
  writtenOffPaise: bigint;
  transactionId: TransactionId | null;
  daysMissing: number;
}

/**
 * Brings each open break where it belongs: what moved and cannot be placed into suspense, and to a person what nothing but
 * a person can end. A payment that is missing waits until so many reports do not have it.
 */
export async function followOpenBreaks(
  deps: FollowDependencies,
  source: Source,
  terms: Terms,
): Promise<number> {
  const open = await rows<Open>(
    deps.knex,
    `select b.id, b.kind, b.business_date::text as "businessDate", b.gap_paise as "gapPaise",
      b.suspense_paise as "suspensePaise", b.written_off_paise as "writtenOffPaise", b.transaction_id as "transactionId",
      (select count(distinct f.business_date) from recon_files f
        where f.source_id = b.source_id and f.business_date >= b.business_date)::int4 as "daysMissing"
    from recon_breaks b where b.source_id = ? and b.state = 'open' and b.case_id is null order by b.id`,
    [source.id],
  );
  let opened = 0;
  for (const one of open) {
    const kind = caseOf(one, terms);
    if (kind !== undefined && (await followOne(deps, source, one, kind))) opened += 1;
  }
  return opened;
}

const MONEY_KINDS: ReadonlySet<string> = new Set([
  'missing_with_us',
  'duplicate_at_provider',
  'amount_mismatch',
  'bank_credit_unmatched',
  'bank_debit_unmatched',
]);

function caseOf({ kind, daysMissing }: Open, terms: Terms): CaseKind | undefined {
  if (kind === 'cutoff_timing') return undefined;
  if (kind === 'missing_at_provider')
    return daysMissing >= terms.missingFiles ? 'recon_difference' : undefined;
  if (kind === 'status_mismatch') return 'recon_status';
  return MONEY_KINDS.has(kind) ? 'recon_break' : 'recon_difference';
}

async function followOne(
  deps: FollowDependencies,
  source: Source,
  one: Open,
  kind: CaseKind,
): Promise<boolean> {
  return deps.knex.transaction(async (trx) => {
    const found = await lockBreak(trx, one.id);
    if (found === undefined || found.state !== 'open' || found.caseId !== null) return false;
    const carried = isCarried(found);
    if (carried && found.suspensePaise === 0n) await postForBreak(trx, deps, found, 'suspense');
    const wanted = caseAbout(source, one, kind === 'recon_break' && !carried ? 'recon_difference' : kind);
    await openCases(trx, deps.ids, [wanted], deps.clock.now());
    const linked = await execute(
      trx,
      `update recon_breaks b set case_id = c.id from ops_cases c
      where b.id = :id and c.kind = :kind and c.subject = :subject and c.closed_at is null`,
      { id: one.id, kind: wanted.kind, subject: wanted.subject },
    );
    return linked === 1;
  });
}

const rupees = (paise: bigint): string => formatRupees(paise < 0n ? -paise : paise);

/** For people. */
function gapIn({ gapPaise, writtenOffPaise }: Open): string {
  if (gapPaise !== 0n)
    return `, ${rupees(gapPaise)} ${gapPaise < 0n ? 'less' : 'more'} there than in our books`;
  return writtenOffPaise === 0n ? '' : `, written off (${rupees(writtenOffPaise)}) and explained now`;
}

function caseAbout(source: Source, one: Open, kind: CaseKind): NewCase {
  const { gapPaise, writtenOffPaise } = one;
  return {
    kind,
    subject: `break:${one.id}`,
    ...(one.transactionId === null ? {} : { transactionId: transactionId(one.transactionId) }),
    summary: `${source.name}, ${one.businessDate}: ${one.kind.replaceAll('_', ' ')}${gapIn(one)}`,
    evidence: {
      break: one.id,
      kind: one.kind,
      source: source.name,
      date: one.businessDate,
      gap_paise: gapPaise.toString(),
      ...(writtenOffPaise === 0n ? {} : { written_off_paise: writtenOffPaise.toString() }),
    },
  };
}

/** Cases of breaks that have resolved themselves. */
export async function closeAgreed(deps: { knex: Knex; clock: Clock }, source: Source): Promise<void> {
  const over = await rows<{ id: string; kind: CaseKind; subject: string; resolution: string }>(
    deps.knex,
    `select b.id, c.kind, c.subject, b.resolution from recon_breaks b join ops_cases c on c.id = b.case_id
    where b.source_id = ? and b.state = 'resolved' and c.closed_at is null`,
    [source.id],
  );
  for (const one of over)
    await closeCases(deps.knex, [one], {
      by: 'reconciliation',
      note: one.resolution.replaceAll('_', ' '),
      at: deps.clock.now(),
    });
}

const DAY_MS = 86_400_000;

/** Money that has been in suspense for long is a matter of its own, and of another one when it stays. */
export async function ageSuspense(
  { knex, clock, ids }: FollowDependencies,
  source: Source,
  terms: Terms,
): Promise<number> {
  const now = clock.now();
  await closePlaced({ knex, clock }, source);
  const aged = await rows<{ id: string; suspensePaise: bigint; since: Date; kind: string }>(
    knex,
    `select id, suspense_paise as "suspensePaise", suspense_since as since, kind from recon_breaks
    where source_id = :source and suspense_paise <> 0 and suspense_since <= :before`,
    { source: source.id, before: addMs(now, -terms.suspenseAlarmDays * DAY_MS) },
  );
  return openCases(
    knex,
    ids,
    aged.map(({ id, suspensePaise, since, kind }) => {
      const days = Math.floor((now.getTime() - since.getTime()) / DAY_MS);
      const isEscalated = days >= terms.suspenseEscalationDays;
      return {
        kind: 'recon_suspense_aged',
        subject: `suspense:${id}${isEscalated ? ':escalated' : ''}`,
        summary:
          `${formatRupees(suspensePaise < 0n ? -suspensePaise : suspensePaise)} in suspense for ${days} days ` +
          `(${source.name}, ${kind.replaceAll('_', ' ')})${isEscalated ? ': to the head of finance' : ''}`,
        situation: isEscalated ? 'escalated' : 'aged',
        evidence: { break: id, source: source.name },
      };
    }),
    now,
  );
}

/** Money that has left suspense is no matter any more, however old it was. */
async function closePlaced({ knex, clock }: { knex: Knex; clock: Clock }, source: Source): Promise<void> {
  const placed = await rows<{ kind: CaseKind; subject: string }>(
    knex,
    `with aged as materialized (select kind, subject, split_part(subject, ':', 2)::uuid as id from ops_cases
      where kind = 'recon_suspense_aged' and closed_at is null)
    select a.kind, a.subject from aged a join recon_breaks b on b.id = a.id
    where b.source_id = ? and b.suspense_paise = 0`,
    [source.id],
  );
  await closeCases(knex, placed, { by: 'reconciliation', note: 'it left suspense', at: clock.now() });
}
