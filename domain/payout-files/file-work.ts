import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import type { Paise } from '../../platform/money';
import { table, text, updateAll, uuid } from '../../platform/sql';
import { ACTIVE_SERVICES, type Caller } from '../auth/api-keys';
import { lineRefusal, type LineRefusal } from '../errors/line-refusal';
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
/** When all lines have had their turn, those that have to wait have another one so much later. */
const AGAIN_MS = 10_000;
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
  workedTo: number;
}
interface ReadyLine {
  id: string;
  line: number;
  amountPaise: Paise;
  sealed: string;
}
type EndedLine = ReadyLine & ({ transactionId: string; due: Due[] } | LineRefusal);

/**
 * The file that has waited longest, so that a large one does not hold up a small one: some of its lines become payouts.
 * One that died in between finds them accepted when it asks again. A line that has to wait holds up none behind it, and
 * has its next turn when all others have had theirs.
 */
export async function workOnFile(deps: WorkDependencies): Promise<WorkedOn> {
  const { knex, clock } = deps;
  const now = clock.now();
  const [file] = await rows<ClaimedFile>(
    knex,
    `update payout_files set claimed_until = :until
     where id = (select id from payout_files where state = 'released' and (claimed_until is null or claimed_until <= :now)
       order by claimed_until nulls first, id limit 1 for update skip locked)
     returning id, user_id as "userId", released_by as "releasedBy", released_as as "releasedAs",
       worked_to as "workedTo"`,
    { now, until: addMs(now, CLAIMED_MS) },
  );
  if (file === undefined) return { due: [], isMore: false };
  const lines = await rows<ReadyLine>(
    knex,
    `select id, line, amount_paise as "amountPaise", given_sealed as sealed from payout_file_lines
     where file_id = ? and state = 'ready' and line > ? order by line limit ?`,
    [file.id, file.workedTo, LINES_OF_A_ROUND],
  );
  const caller = await callerOf(knex, file);
  const worked = await Promise.allSettled(lines.map((line) => pay(deps, file, caller, line)));
  const ended = worked.flatMap((one) => (one.status === 'fulfilled' ? (one.value ?? []) : []));
  await deps.onPoint?.('paid');
  await keep(deps, file.id, { lines, ended });
  // what became of the others is kept first
  for (const one of worked) if (one.status === 'rejected') throw one.reason;
  return { due: ended.flatMap((line) => ('due' in line ? line.due : [])), isMore: true };
}

interface PayingUser {
  walletId: string;
  accountId: AccountId;
  services: string[];
  standing: WrittenStanding | null;
  role: string;
}

/** Whose wallet pays, as they stand now. Who may not use it any more has no service; what was accepted before stays so. */
async function callerOf(knex: Knex, { userId, releasedBy, releasedAs }: ClaimedFile): Promise<Caller> {
  const [found] = await rows<PayingUser>(
    knex,
    `select w.id as "walletId", w.account_id as "accountId",
       case when u.status = 'active' then ${ACTIVE_SERVICES} else '{}' end as services, ${STANDING} as standing,
       role_of(u) as role
     from users u join wallets w on w.user_id = u.id and w.kind = 'main' where u.id = ?`,
    [userId],
  );
  const { standing, ...wallet } = found!;
  return {
    ...wallet,
    userId,
    keyId: releasedBy,
    ...(releasedAs === 'key' ? {} : { by: releasedAs }),
    scopes: [],
    standing: standingOf(standing),
  };
}

/** What became of a line; undefined when it is tried again later. Throws what says nothing of the line. */
async function pay(
  { cipher, acceptPayouts }: WorkDependencies,
  file: ClaimedFile,
  caller: Caller,
  line: ReadyLine,
): Promise<EndedLine | undefined> {
  try {
    const asked = readLine(cipher.open(line.sealed, PAYOUT_FILE_LINE.place(line.id)));
    const { id, due } = await acceptPayouts.accept(caller, `file:${file.id}:${line.line}`, asked);
    return { ...line, transactionId: id, due };
  } catch (error) {
    const refused = lineRefusal(error);
    return refused === undefined ? undefined : { ...line, ...refused };
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
async function keep(
  { knex, clock }: WorkDependencies,
  fileId: string,
  { lines, ended }: { lines: readonly ReadyLine[]; ended: readonly EndedLine[] },
): Promise<void> {
  const now = clock.now();
  const isRoundOver = lines.length < LINES_OF_A_ROUND;
  await knex.transaction(async (trx) => {
    await execute(trx, 'select id from payout_files where id = ? for update', [fileId]);
    const open = await rows<{ id: string }>(
      trx,
      `select id from payout_file_lines where id = any(?::uuid[]) and state = 'ready'`,
      [ended.map(({ id }) => id)],
    );
    const isOpen = new Set(open.map(({ id }) => id));
    const kept = ended.filter(({ id }) => isOpen.has(id));
    const paid = kept.filter((line) => 'transactionId' in line);
    await updateAll(trx, ENDED, kept, { key: 'id' });
    await execute(
      trx,
      `update payout_files set claimed_until = :until, worked_to = :workedTo,
         ready_lines = ready_lines - :kept, ready_paise = ready_paise - :keptPaise,
         accepted_lines = accepted_lines + :paid, accepted_paise = accepted_paise + :paidPaise,
         refused_lines = refused_lines + :kept - :paid,
         state = case when ready_lines = :kept then 'finished' else state end,
         finished_at = case when ready_lines = :kept then :now::timestamptz end
       where id = :fileId and state = 'released'`,
      {
        ...{
          fileId,
          now,
          kept: kept.length,
          keptPaise: sumOf(kept),
          paid: paid.length,
          paidPaise: sumOf(paid),
        },
        workedTo: isRoundOver ? 0 : lines.at(-1)!.line,
        until: isRoundOver ? addMs(now, AGAIN_MS) : now,
      },
    );
  });
}

const sumOf = (lines: readonly ReadyLine[]): Paise =>
  lines.reduce((sum, { amountPaise }) => sum + amountPaise, 0n);

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
