import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { pageOf, type Page } from '../../platform/page';
import { accountCode } from '../ledger/accounts';

/** A break as persons see it: what each side says, how old it is, and whose it is. */
export interface BreakView {
  id: string;
  source: string;
  /** Of the source; null of a bank's. */
  provider: string | null;
  kind: string;
  businessDate: string;
  state: 'open' | 'resolved';
  gapPaise: bigint;
  suspensePaise: bigint;
  /** So much of it is at a loss. */
  writtenOffPaise: bigint;
  ageDays: number;
  transactionId: string | null;
  caseId: string | null;
  /** Who took it on, else who proposed what becomes of it; null while it is nobody's. */
  owner: string | null;
  ours: Readonly<Record<string, unknown>>;
  theirs: Readonly<Record<string, unknown>>;
  candidates: readonly string[];
  openedAt: Date;
  resolvedAt: Date | null;
  resolution: string | null;
}

export interface BreakFilter {
  source?: string | undefined;
  provider?: string | undefined;
  kind?: string | undefined;
  businessDate?: string | undefined;
  /** A user's id, or `nobody`. */
  owner?: string | undefined;
  minAgeDays?: number | undefined;
  isOpen: boolean;
  limit: number;
  /** The id of the last one shown. */
  after?: string | undefined;
}

/** An imported file. */
export interface FileView {
  source: string;
  fileNo: number;
  businessDate: string;
  name: string;
  rowCount: number;
  newCount: number;
  knownCount: number;
  restatedCount: number;
  openingPaise: bigint | null;
  closingPaise: bigint | null;
  importedAt: Date;
}

/** A line of a file, and what became of it. */
export interface LineView {
  key: string;
  seq: number;
  fileNo: number;
  lineNo: number;
  state: 'open' | 'matched' | 'agreed';
  part: string;
  kind: string;
  statusWord: string | null;
  /** The rank of the rule that matched it. */
  rule: number | null;
  transactionId: string | null;
  /** Of that transaction. */
  attemptNo: number | null;
  happenedOn: string;
  providerReference: string | null;
  ourReference: string | null;
  utr: string | null;
  amountPaise: bigint;
  feePaise: bigint | null;
  commissionPaise: bigint | null;
  tdsPaise: bigint | null;
}

export interface LineFilter {
  source: string;
  fileNo?: number | undefined;
  state?: string | undefined;
  limit: number;
  /** Of the last one shown: `key` and `seq`, or its transaction with its attempt, and 0, where it has no key. */
  after?: { key: string | undefined; seq: number };
}

/** A run as it was. */
export interface RunView {
  id: string;
  source: string;
  businessDate: string;
  startedAt: Date;
  finishedAt: Date;
  counts: Readonly<Record<string, unknown>>;
  floatPaise: bigint | null;
  providerPaise: bigint | null;
  explainedPaise: bigint | null;
}

/** What waits in one suspense account, by its age. */
export interface SuspenseView {
  account: string;
  /** As the ledger has it. Above zero: owed to somebody. */
  balancePaise: bigint;
  /** What open breaks have put there; the rest came by other ways. */
  ofBreaksPaise: bigint;
  breaks: number;
  oldestSince: Date | null;
  ageing: readonly { fromDays: number; breaks: number; paise: bigint }[];
}

type Deps = { knex: Knex; clock: Clock };

export const BREAKS = `
  select b.id, s.name as source, s.provider, b.kind, b.business_date::text as "businessDate", b.state,
    b.gap_paise as "gapPaise", b.suspense_paise as "suspensePaise", b.written_off_paise as "writtenOffPaise",
    greatest(0, extract(epoch from coalesce(b.resolved_at, :now::timestamptz) - b.opened_at) / 86400)::int4 as "ageDays",
    b.transaction_id as "transactionId", b.case_id as "caseId",
    coalesce(b.owner_id::text,
      (select a.proposed_by::text from approvals a where a.case_id = b.case_id and a.state = 'proposed')) as owner,
    b.ours, b.theirs, b.candidates, b.opened_at as "openedAt", b.resolved_at as "resolvedAt", b.resolution
  from recon_breaks b join recon_sources s on s.id = b.source_id`;

/** The oldest first. */
export async function listBreaks({ knex, clock }: Deps, filter: BreakFilter): Promise<Page<BreakView>> {
  const { source, provider, kind, businessDate, owner, minAgeDays, isOpen, limit, after } = filter;
  const found = await rows<BreakView>(
    knex,
    `${BREAKS}
    where b.state = :state and (:source::text is null or s.name = :source)
      and (:provider::text is null or s.provider = :provider) and (:kind::text is null or b.kind = :kind)
      and (:date::date is null or b.business_date = :date::date)
      and (:owner::text is null or b.owner_id is not distinct from nullif(:owner, 'nobody')::uuid)
      and (:minAge::int4 is null or b.opened_at <= :now::timestamptz - :minAge::int4 * interval '1 day')
      and (:after::uuid is null
        or (b.opened_at, b.id) > (select l.opened_at, l.id from recon_breaks l where l.id = :after::uuid))
    order by b.opened_at, b.id limit :limit`,
    {
      ...{
        source: source ?? null,
        provider: provider ?? null,
        kind: kind ?? null,
        date: businessDate ?? null,
      },
      ...{ owner: owner ?? null, minAge: minAgeDays ?? null, after: after ?? null },
      ...{ state: isOpen ? 'open' : 'resolved', limit: limit + 1, now: clock.now() },
    },
  );
  return pageOf(found, limit, (last) => last.id);
}

/** What files and runs are looked for by. */
export interface DayFilter {
  source?: string | undefined;
  businessDate?: string | undefined;
  limit: number;
  /** The position of the last one shown, as its page gave it. */
  after?: string | undefined;
}

/** The newest first. */
export async function listFiles(
  knex: Knex,
  { source, businessDate, limit, after }: DayFilter,
): Promise<Page<FileView>> {
  const [last, fileNo] = after?.split('.') ?? [];
  const found = await rows<FileView & { sourceId: number }>(
    knex,
    `select f.source_id as "sourceId", s.name as source, f.file_no as "fileNo",
      f.business_date::text as "businessDate", f.name, f.row_count as "rowCount", f.new_count as "newCount",
      f.known_count as "knownCount", f.restated_count as "restatedCount", f.opening_paise as "openingPaise",
      f.closing_paise as "closingPaise", f.imported_at as "importedAt"
    from recon_files f join recon_sources s on s.id = f.source_id
    where (:source::text is null or s.name = :source) and (:date::date is null or f.business_date = :date::date)
      and (:last::int4 is null or (f.imported_at, f.source_id, f.file_no) < (select l.imported_at, l.source_id, l.file_no
        from recon_files l where l.source_id = :last::int4 and l.file_no = :fileNo::int4))
    order by f.imported_at desc, f.source_id desc, f.file_no desc limit :limit`,
    {
      ...{ source: source ?? null, date: businessDate ?? null, limit: limit + 1 },
      ...{ last: last ?? null, fileNo: fileNo ?? null },
    },
  );
  return pageOf(found, limit, (file) => `${file.sourceId}.${file.fileNo}`);
}

const LINE = (
  key: string,
  ourReference: string,
): string => `r.seq, r.file_no as "fileNo", r.line_no as "lineNo", r.state,
  r.part, r.kind, r.status_word as "statusWord", r.rule, r.transaction_id as "transactionId",
  r.attempt_no as "attemptNo", r.happened_on::text as "happenedOn", r.provider_reference as "providerReference",
  ${ourReference} as "ourReference", r.utr,
  r.amount_paise as "amountPaise", r.fee_paise as "feePaise", r.commission_paise as "commissionPaise",
  r.tds_paise as "tdsPaise", ${key} as key`;
const OF_FILE = `and (:fileNo::int4 is null or r.file_no = :fileNo::int4) and (:state::text is null or r.state = :state)`;

/**
 * In the order of indexes, since a day has a million: those with a key by their keys, and then, by their transactions,
 * those that are known by these.
 */
export async function listLines(
  knex: Knex,
  sourceId: number,
  { fileNo, state, limit, after }: LineFilter,
): Promise<Page<LineView>> {
  const bindings = { sourceId, fileNo: fileNo ?? null, state: state ?? null };
  const isPast = after?.seq === KEYLESS;
  const withKey = isPast
    ? []
    : await rows<LineView>(
        knex,
        `select ${LINE('r.row_key', 'r.our_reference')}
        from recon_rows r where r.source_id = :sourceId and (r.row_key, r.seq) > (:key, :seq::int2) ${OF_FILE}
        order by r.source_id, r.row_key, r.seq limit :limit`,
        { ...bindings, key: after?.key ?? '', seq: after?.seq ?? 0, limit: limit + 1 },
      );
  const room = limit + 1 - withKey.length;
  const keyless =
    room === 0 || (state ?? 'agreed') !== 'agreed'
      ? []
      : await listKeyless(knex, bindings, {
          after: (isPast ? after.key : undefined) ?? FIRST,
          limit: room,
        });
  return pageOf([...withKey, ...keyless], limit, (last) =>
    keyless.includes(last)
      ? `${KEYLESS}.${last.transactionId!}|${last.attemptNo!}`
      : `${last.seq}.${last.key}`,
  );
}

/** In the place of `seq` in a cursor; then the transaction stands for the key. */
const KEYLESS = 0;
const FIRST = '00000000-0000-0000-0000-000000000000|0';

async function listKeyless(
  knex: Knex,
  bindings: { sourceId: number; fileNo: number | null; state: string | null },
  { after, limit }: { after: string; limit: number },
): Promise<LineView[]> {
  const [transaction = '', attempt = ''] = after.split('|');
  return rows<LineView>(
    knex,
    `select ${LINE('r.provider_reference', 'a.our_reference')}
    from recon_rows r join dispatch_attempts a on a.transaction_id = r.transaction_id and a.attempt_no = r.attempt_no
    where r.source_id = :sourceId and r.row_key is null
      and (r.transaction_id, r.attempt_no) > (:transaction::uuid, :attempt::int2) ${OF_FILE}
    order by r.transaction_id, r.attempt_no limit :limit`,
    { ...bindings, transaction, attempt: Number(attempt), limit },
  );
}

/** The newest first. */
export async function listRuns(
  knex: Knex,
  { source, businessDate, limit, after }: DayFilter,
): Promise<Page<RunView>> {
  const found = await rows<RunView>(
    knex,
    `select r.id, s.name as source, r.business_date::text as "businessDate", r.started_at as "startedAt",
      r.finished_at as "finishedAt", r.counts, r.float_paise as "floatPaise", r.provider_paise as "providerPaise",
      r.explained_paise as "explainedPaise"
    from recon_runs r join recon_sources s on s.id = r.source_id
    where (:source::text is null or s.name = :source) and (:date::date is null or r.business_date = :date::date)
      and (:after::uuid is null
        or (r.started_at, r.id) < (select l.started_at, l.id from recon_runs l where l.id = :after::uuid))
    order by r.started_at desc, r.id desc limit :limit`,
    { source: source ?? null, date: businessDate ?? null, after: after ?? null, limit: limit + 1 },
  );
  return pageOf(found, limit, (last) => last.id);
}

interface SuspenseRow {
  provider: string | null;
  bank: string | null;
  fromDays: number;
  breaks: number;
  paise: bigint;
  since: Date;
}

/** Each suspense account that a break has used, or that is not empty. `ages` are the days at which it escalates. */
export async function readSuspense({ knex, clock }: Deps, ages: readonly number[]): Promise<SuspenseView[]> {
  const found = await rows<SuspenseRow>(
    knex,
    `select s.provider, s.bank, coalesce((select max(a.days) from unnest(:ages::int4[]) as a(days)
        where b.suspense_since <= :now::timestamptz - a.days * interval '1 day'), 0) as "fromDays",
      count(*)::int4 as breaks, sum(b.suspense_paise)::int8 as paise, min(b.suspense_since) as since
    from recon_breaks b join recon_sources s on s.id = b.source_id where b.suspense_paise <> 0
    group by 1, 2, 3 order by 1, 2, 3`,
    { ages: [...ages], now: clock.now() },
  );
  const balances = await rows<{ code: string; paise: bigint }>(
    knex,
    `select code, credits_paise - debits_paise as paise from ledger_accounts
    where code like 'suspense:%' or code like 'unidentified:%' order by code`,
  );
  const codeOf = ({ provider, bank }: SuspenseRow): string =>
    provider === null ? accountCode.unidentified(bank!) : accountCode.suspense(provider);
  const codes = new Set([
    ...balances.filter(({ paise }) => paise !== 0n).map(({ code }) => code),
    ...found.map(codeOf),
  ]);
  return [...codes].toSorted().map((account) => {
    const of = found.filter((one) => codeOf(one) === account);
    const since = of.map((one) => one.since.getTime());
    return {
      account,
      balancePaise: balances.find(({ code }) => code === account)?.paise ?? 0n,
      ofBreaksPaise: of.reduce((sum, { paise }) => sum + paise, 0n),
      breaks: of.reduce((sum, { breaks }) => sum + breaks, 0),
      oldestSince: since.length === 0 ? null : new Date(Math.min(...since)),
      ageing: of.map(({ fromDays, breaks, paise }) => ({ fromDays, breaks, paise })),
    };
  });
}
