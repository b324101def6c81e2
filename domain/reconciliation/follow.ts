import type { Knex } from 'knex';
import type { Ids } from '../../platform/ids';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { formatRupees } from '../../platform/money';
import { closeCases, openCases, restateCase, type NewCase } from '../cases/cases';
import type { CaseKind } from '../cases/kinds';
import { transactionId, type TransactionId } from '../ids/ids';
import type { Overtaken } from './breaks';
import type { Source } from './sources';
import { CARRIED, lockBreak, postForBreak, toSuspense, type SuspenseDependencies } from './suspense';
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

/** A break as its case says it. */
export interface ToFollow {
  id: string;
  kind: string;
  businessDate: string;
  gapPaise: bigint;
  writtenOffPaise: bigint;
  transactionId: TransactionId | null;
}

/**
 * Brings each open break where it belongs: what moved and cannot be placed into suspense, what was written off and is no
 * difference any more too, and to a person what nothing but a person can end. A payment that is missing waits until so
 * many reports do not have it, or until no more come.
 */
export async function followOpenBreaks(
  deps: FollowDependencies,
  source: Source,
  terms: Terms & { asOf: string },
): Promise<number> {
  const isOver = source.retiredFrom !== null && source.retiredFrom <= terms.asOf;
  const open = await rows<ToFollow & { daysMissing: number }>(
    deps.knex,
    `select b.id, b.kind, b.business_date::text as "businessDate", b.gap_paise as "gapPaise",
      b.written_off_paise as "writtenOffPaise", b.transaction_id as "transactionId",
      (select count(distinct f.business_date) from recon_files f
        where f.source_id = b.source_id and f.business_date >= b.business_date)::int4 as "daysMissing"
    from recon_breaks b where b.source_id = ? and b.state = 'open'
      and (b.case_id is null or b.written_off_paise <> 0 and b.suspense_paise = 0) order by b.id`,
    [source.id],
  );
  let opened = 0;
  for (const one of open) {
    const isPatient =
      one.kind === 'cutoff_timing' ||
      (one.kind === 'missing_at_provider' && one.daysMissing < terms.missingFiles && !isOver);
    // A loss is taken back whatever else it waits for.
    if (isPatient && one.writtenOffPaise === 0n) continue;
    if (await followOne(deps, source, one, isPatient)) opened += 1;
  }
  return opened;
}

/** What stands in suspense is a matter that nobody closes without moving it. */
function caseKindOf(kind: string, isInSuspense: boolean): CaseKind {
  if (isInSuspense) return 'recon_break';
  return kind === 'status_mismatch' ? 'recon_status' : 'recon_difference';
}

async function followOne(
  deps: FollowDependencies,
  source: Source,
  one: ToFollow,
  isPatient: boolean,
): Promise<boolean> {
  return deps.knex.transaction(async (trx) => {
    const found = await lockBreak(trx, one.id);
    if (found === undefined || found.state !== 'open') return false;
    const paise = toSuspense(found);
    const isPosted = paise !== 0n && found.suspensePaise === 0n;
    if (found.caseId !== null && !isPosted) return false;
    if (isPosted) await postForBreak(trx, deps, found, 'suspense');
    if (paise === 0n && isPatient) return false;
    return openCaseOf(trx, deps, { source, one, isInSuspense: paise !== 0n });
  });
}

/** The case of an open break: one, which says what the break is now. False where a person has closed that very matter. */
export async function openCaseOf(
  trx: Knex.Transaction,
  { ids, clock }: Pick<FollowDependencies, 'ids' | 'clock'>,
  { source, one, isInSuspense }: { source: Pick<Source, 'name'>; one: ToFollow; isInSuspense: boolean },
): Promise<boolean> {
  const at = clock.now();
  const wanted = caseAbout(source, one, caseKindOf(one.kind, isInSuspense));
  const others = CASE_KINDS.filter((kind) => kind !== wanted.kind).map((kind) => ({ ...wanted, kind }));
  await closeCases(trx, others, { by: 'reconciliation', note: 'it is another matter now', at });
  await openCases(trx, ids, [wanted], at);
  await restateCase(trx, wanted);
  const linked = await execute(
    trx,
    `update recon_breaks b set case_id = c.id from ops_cases c
    where b.id = :id and c.kind = :kind and c.subject = :subject and c.closed_at is null`,
    { id: one.id, kind: wanted.kind, subject: wanted.subject },
  );
  return linked === 1;
}

const CASE_KINDS = ['recon_break', 'recon_status', 'recon_difference'] as const;

const rupees = (paise: bigint): string => formatRupees(paise < 0n ? -paise : paise);

/** For people. */
function gapIn({ kind, gapPaise, writtenOffPaise }: ToFollow): string {
  const gap =
    gapPaise === 0n ? '' : `, ${rupees(gapPaise)} ${gapPaise < 0n ? 'less' : 'more'} there than in our books`;
  if (writtenOffPaise === 0n || (gapPaise !== 0n && CARRIED.has(kind))) return gap;
  return `${gap}, written off (${rupees(writtenOffPaise)}) and ${gap === '' ? 'explained' : 'another matter'} now`;
}

function caseAbout(source: Pick<Source, 'name'>, one: ToFollow, kind: CaseKind): NewCase {
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
