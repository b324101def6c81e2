import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows, sqlState } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { table, text, updateAll, uuid } from '../../platform/sql';
import { ACTIVE_SERVICES, type Caller } from '../auth/api-keys';
import { AUTH_ERRORS } from '../auth/errors';
import { DomainError } from '../errors/errors';
import type { AccountId, UserId } from '../ids/ids';
import type { Due } from '../lifecycle/due';
import type { AcceptPayouts } from '../payouts/accept';
import type { AskedPayout } from '../payouts/payout';
import { STANDING, standingOf, type WrittenStanding } from '../standings/standings';
import type { CalledAs, FileState } from './file-rows';
import { PAYOUT_FILE_LINE } from './sealed';

/** The holds of the payouts that were made, and whether there is more to do. */
export interface WorkedOn {
  due: Due[];
  isMore: boolean;
}

interface WorkDependencies {
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  acceptPayouts: Pick<AcceptPayouts, 'accept'>;
  onPoint?(point: 'paid'): Promise<void> | void;
}

/** Many times what as many lines take. */
const CLAIMED_MS = 60_000;
/** They go into one insert. */
const LINES_OF_A_ROUND = 200;
const FILES_OF_A_ROUND = 20;

/** A payout as it is sealed; paise are text. */
export function keptLine({ amountPaise, ...asked }: AskedPayout): string {
  return JSON.stringify({ ...asked, amountPaise: amountPaise.toString() });
}
function readLine(kept: string): AskedPayout {
  const { amountPaise, ...asked } = JSON.parse(kept) as Omit<AskedPayout, 'amountPaise'> & {
    amountPaise: string;
  };
  return { ...asked, amountPaise: BigInt(amountPaise) };
}

interface ClaimedFile {
  id: string;
  userId: UserId;
  releasedBy: string;
  releasedAs: CalledAs;
}
interface ReadyLine {
  id: string;
  line: number;
  sealed: string;
}
type EndedLine = { id: string; line: ReadyLine } & (
  | { transactionId: string; due: Due[] }
  | { code: string; reason: string }
);

/**
 * The file that has waited longest, so that a large one does not hold up a small one: some of its lines become payouts.
 * One that died in between finds them accepted when it asks again.
 */
export async function workOnFile(deps: WorkDependencies): Promise<WorkedOn> {
  const { knex, clock } = deps;
  const now = clock.now();
  const [file] = await rows<ClaimedFile>(
    knex,
    `update payout_files set claimed_until = :until
     where id = (select id from payout_files where state = 'released' and (claimed_until is null or claimed_until <= :now)
       order by claimed_until nulls first, id limit 1 for update skip locked)
     returning id, user_id as "userId", released_by as "releasedBy", released_as as "releasedAs"`,
    { now, until: addMs(now, CLAIMED_MS) },
  );
  if (file === undefined) return { due: [], isMore: false };
  const lines = await rows<ReadyLine>(
    knex,
    `select id, line, given_sealed as sealed from payout_file_lines where file_id = ? and state = 'ready'
     order by line limit ?`,
    [file.id, LINES_OF_A_ROUND],
  );
  const caller = await callerOf(knex, file);
  const ended = await Promise.all(lines.map((line) => pay(deps, file, caller, line)));
  await deps.onPoint?.('paid');
  await keep(
    deps,
    file.id,
    ended.flatMap((line) => line ?? []),
  );
  return {
    due: ended.flatMap((line) => (line !== undefined && 'due' in line ? line.due : [])),
    isMore: true,
  };
}

interface PayingUser {
  walletId: string;
  accountId: AccountId;
  services: string[];
  standing: WrittenStanding | null;
  role: string;
}

/** Whose wallet pays, as they stand now; undefined when they may not pay at all any more. */
async function callerOf(
  knex: Knex,
  { userId, releasedBy, releasedAs }: ClaimedFile,
): Promise<Caller | undefined> {
  const [found] = await rows<PayingUser>(
    knex,
    `select w.id as "walletId", w.account_id as "accountId", ${ACTIVE_SERVICES} as services, ${STANDING} as standing,
       role_of(u) as role
     from users u join wallets w on w.user_id = u.id and w.kind = 'main' where u.id = ? and u.status = 'active'`,
    [userId],
  );
  if (found === undefined) return undefined;
  return {
    ...found,
    userId,
    keyId: releasedBy,
    ...(releasedAs === 'key' ? {} : { by: releasedAs }),
    scopes: [],
    standing: standingOf(found.standing),
  };
}

/** What became of a line; undefined when it is tried again later. Throws when the database is away. */
async function pay(
  { cipher, acceptPayouts }: WorkDependencies,
  file: ClaimedFile,
  caller: Caller | undefined,
  line: ReadyLine,
): Promise<EndedLine | undefined> {
  try {
    if (caller === undefined) throw new DomainError(AUTH_ERRORS.SERVICE_NOT_ACTIVE);
    const asked = readLine(cipher.open(line.sealed, PAYOUT_FILE_LINE.place(line.id)));
    const { id, due } = await acceptPayouts.accept(caller, `file:${file.id}:${line.line}`, asked);
    return { id: line.id, line, transactionId: id, due };
  } catch (error) {
    if (error instanceof DomainError)
      return error.retryable ? undefined : { id: line.id, line, code: error.code, reason: error.detail };
    // a line that the database refuses for its content would be tried for ever
    if (/^2[23]/.test(sqlState(error) ?? ''))
      return {
        id: line.id,
        line,
        code: 'INTERNAL_ERROR',
        reason: 'this line cannot be stored: ask our staff',
      };
    throw error;
  }
}

const ENDED = table<EndedLine>('payout_file_lines', {
  id: uuid((l) => l.id),
  state: text((l) => ('code' in l ? 'refused' : 'accepted')),
  given_sealed: text(() => null),
  transaction_id: uuid((l) => ('code' in l ? null : l.transactionId)),
  code: text((l) => ('code' in l ? l.code : null)),
  reason: text((l) => ('code' in l ? l.reason : null)),
});

/** Another process may have been here in between: what it kept stays. */
async function keep({ knex, clock }: WorkDependencies, fileId: string, ended: EndedLine[]): Promise<void> {
  await knex.transaction(async (trx) => {
    await execute(trx, 'select id from payout_files where id = ? for update', [fileId]);
    const open = await rows<{ id: string }>(
      trx,
      `select id from payout_file_lines where id = any(?::uuid[]) and state = 'ready'`,
      [ended.map(({ id }) => id)],
    );
    const isOpen = new Set(open.map(({ id }) => id));
    await updateAll(
      trx,
      ENDED,
      ended.filter(({ id }) => isOpen.has(id)),
      { key: 'id' },
    );
    await execute(
      trx,
      `update payout_files f set claimed_until = :now, ready_lines = l.ready_lines, ready_paise = l.ready_paise,
         accepted_lines = l.accepted_lines, accepted_paise = l.accepted_paise, refused_lines = l.refused_lines,
         state = case when l.ready_lines = 0 then 'finished' else 'released' end,
         finished_at = case when l.ready_lines = 0 then :now::timestamptz end
       from (select
           count(*) filter (where state = 'ready') as ready_lines,
           coalesce(sum(amount_paise) filter (where state = 'ready'), 0) as ready_paise,
           count(*) filter (where state = 'accepted') as accepted_lines,
           coalesce(sum(amount_paise) filter (where state = 'accepted'), 0) as accepted_paise,
           count(*) filter (where state = 'refused') as refused_lines
         from payout_file_lines where file_id = :fileId) l
       where f.id = :fileId and f.state = 'released'`,
      { fileId, now: clock.now() },
    );
  });
}

/** What is ready is paid by nobody any more, and erased. The files are locked. */
export async function dropLines(
  trx: Knex.Transaction,
  files: readonly string[],
  { state, now }: { state: Extract<FileState, 'cancelled' | 'expired'>; now: Date },
): Promise<void> {
  await execute(
    trx,
    `update payout_file_lines set state = 'dropped', given_sealed = null
     where file_id = any(?::uuid[]) and state = 'ready'`,
    [files],
  );
  await execute(
    trx,
    `update payout_files set state = :state, finished_at = :now, ready_lines = 0, ready_paise = 0,
       dropped_lines = ready_lines where id = any(:files::uuid[])`,
    { state, now, files },
  );
}

export function expireFiles({ knex, clock }: Pick<WorkDependencies, 'knex' | 'clock'>): Promise<number> {
  const now = clock.now();
  return knex.transaction(async (trx) => {
    const over = await rows<{ id: string }>(
      trx,
      `select id from payout_files where state = 'waiting' and release_by <= ? order by release_by limit ?
       for update skip locked`,
      [now, FILES_OF_A_ROUND],
    );
    if (over.length > 0)
      await dropLines(
        trx,
        over.map(({ id }) => id),
        { state: 'expired', now },
      );
    return over.length;
  });
}
