import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { pageOf, type Page, type PageAfter } from '../../platform/page';
import { insertAll, insertOne, int4, table, uuid } from '../../platform/sql';
import type { Access } from '../access/access';
import type { ApprovalModel } from '../approvals/approval.model';
import type { ApprovalAction, Person, Proposal } from '../approvals/approvals';
import { APPROVAL_ERRORS } from '../approvals/errors';
import { recordAudit } from '../audit/audit';
import { BENEFICIARY_ACCOUNT, BENEFICIARY_NAME } from '../beneficiaries/sealed';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { FROZEN_PAISE } from '../ledger/apply';
import { decisionOn } from './answers';
import { SETTLEMENT_ERRORS } from './errors';
import { fileText, LAYOUT, type FileLine } from './layout';
import { SETTLEMENT_FILE } from './sealed';

/**
 * Files to our bank. One person makes a file of what waits for one; another releases it, by a proposal; then it is
 * written once. Where a file was lost or refused on the way, two persons cancel it, and its settlements go into the next.
 */
export interface SettlementFiles {
  /** Throws DomainError SETTLEMENT_FILE_EMPTY, SETTLEMENT_FILE_NO_KEYS. */
  make(bank: string, by: Person): Promise<FileRow>;
  /** The text of a released file, once. Throws DomainError SETTLEMENT_FILE_NOT_FOUND, SETTLEMENT_FILE_STATE. */
  write(number: bigint, by: Person): Promise<{ name: string; text: string }>;
  /** The newest first; `after` is the number of the last one shown. */
  files(page: PageAfter): Promise<Page<FileRow>>;
  /** Throws DomainError SETTLEMENT_FILE_NOT_FOUND. */
  file(number: bigint): Promise<FileRow>;
  /** Throws DomainError SETTLEMENT_FILE_NOT_FOUND. */
  fileProposal(given: FileAsked): Promise<Proposal>;
}

export const FILE_RELEASE = 'settlement.release';
export const FILE_CANCEL = 'settlement.cancel';

export interface FileAsked {
  number: bigint;
  action: typeof FILE_RELEASE | typeof FILE_CANCEL;
  reason: string;
  evidence: string;
}

export type FileState = 'made' | 'released' | 'written' | 'cancelled';

export interface FileRow {
  id: string;
  number: bigint;
  bank: string;
  layout: string;
  itemCount: number;
  totalPaise: Paise;
  state: FileState;
  madeBy: UserId;
  madeAt: Date;
}

export interface FileDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  access: Access;
  /** Opens the accounts, and seals the file. */
  cipher?: FieldCipher | undefined;
}

/** Of one file: a bank takes so many, and the text stays small. */
const MOST_LINES = 5_000;
const LOCK = 20261215010001n;
const COLUMNS = `
  id, number, bank, layout, item_count as "itemCount", total_paise as "totalPaise", state, made_by as "madeBy",
  made_at as "madeAt"`;

export function createSettlementFiles(deps: FileDependencies): SettlementFiles {
  const { knex, access } = deps;
  return {
    async make(bank, by) {
      await access.require(by, 'settlements.propose');
      return knex.transaction((trx) => make(trx, deps, bank, by));
    },
    async write(number, by) {
      await access.require(by, 'settlements.propose');
      return knex.transaction((trx) => write(trx, deps, number, by));
    },
    async files({ limit, after }) {
      const found = await rows<FileRow>(
        knex,
        `select ${COLUMNS} from settlement_files where :after::int8 is null or number < :after::int8
        order by number desc limit :limit`,
        { limit: limit + 1, after: after ?? null },
      );
      return pageOf(found, limit, ({ number }) => number.toString());
    },
    file: (number) => findFile(knex, number),
    async fileProposal({ number, action, reason, evidence }) {
      const { id, bank, itemCount, totalPaise } = await findFile(knex, number);
      return {
        action,
        subject: `settlement_file:${id}`,
        detail: { number: number.toString(), bank, items: itemCount, amount_paise: totalPaise.toString() },
        reason,
        evidence,
      };
    },
  };
}

interface Waiting {
  itemId: string;
  amountPaise: Paise;
  beneficiaryId: string;
  ifsc: string;
  accountSealed: string;
  nameSealed: string;
}

async function make(
  trx: Knex.Transaction,
  deps: FileDependencies,
  bank: string,
  by: Person,
): Promise<FileRow> {
  const cipher = requireKeys(deps);
  const { clock, ids } = deps;
  await execute(trx, 'select pg_advisory_xact_lock(?)', [LOCK]);
  const waiting = await rows<Waiting>(trx, WAITING, { bank, limit: MOST_LINES });
  if (waiting.length === 0) throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_FILE_EMPTY);
  const lines = waiting.map(
    ({ itemId, amountPaise, ifsc, beneficiaryId, accountSealed, nameSealed }): FileLine => ({
      ...{ itemId, amountPaise, ifsc },
      accountNumber: cipher.open(accountSealed, BENEFICIARY_ACCOUNT.place(beneficiaryId)),
      name: cipher.open(nameSealed, BENEFICIARY_NAME.place(beneficiaryId)),
    }),
  );
  const at = clock.now();
  const id = ids.uuid();
  const number = await nextNumber(trx);
  const text = fileText({ number, day: businessDate(at), bank }, lines);
  const totalPaise = lines.reduce((sum, { amountPaise }) => sum + amountPaise, 0n);
  await insertOne(
    trx,
    'settlement_files',
    {
      ...{ id, number, bank, layout: LAYOUT, item_count: lines.length, total_paise: totalPaise },
      ...{
        content_sealed: cipher.seal(text, SETTLEMENT_FILE.place(id)),
        made_by: by.userId,
        made_at: at,
      },
    },
    '',
  );
  await insertAll(
    trx,
    FILE_ITEMS,
    lines.map(({ itemId }, i) => ({ itemId, lineNo: i + 1 })),
    { file_id: id },
  );
  await audit(trx, { by, at, action: 'settlement_file.make', number, detail: { bank } });
  return findFile(trx, number);
}

/** Who was stopped since the wallet was debited, and whose wallet was frozen, is paid nothing until that is lifted. */
const WAITING = `
  select i.id as "itemId", i.amount_paise as "amountPaise", i.beneficiary_id as "beneficiaryId", b.ifsc,
    b.account_sealed as "accountSealed", b.name_sealed as "nameSealed"
  from settlement_batches s join settlement_items i on i.batch_id = s.id
    join beneficiaries b on b.id = i.beneficiary_id
    join users u on u.id = i.user_id and u.status = 'active'
    join ledger_accounts a on a.id = i.account_id and a.spend_floor_paise is distinct from ${FROZEN_PAISE}
  where s.bank = :bank and s.pays_by = 'bank_file' and s.made_at is not null
    and not exists (select from settlement_file_items f where f.item_id = i.id and f.counts)
    and not exists (select from settlement_endings e where e.item_id = i.id)
  order by i.id limit :limit`;

const FILE_ITEMS = table<{ itemId: string; lineNo: number }>('settlement_file_items', {
  item_id: uuid((i) => i.itemId),
  line_no: int4((i) => i.lineNo),
});

/** Without gaps: a number is given under the lock, and with its file or not at all. */
async function nextNumber(trx: Knex.Transaction): Promise<bigint> {
  const [next] = await rows<{ number: bigint }>(
    trx,
    'select coalesce(max(number), 0) + 1 as number from settlement_files',
  );
  return next!.number;
}

async function write(
  trx: Knex.Transaction,
  deps: FileDependencies,
  number: bigint,
  by: Person,
): Promise<{ name: string; text: string }> {
  const cipher = requireKeys(deps);
  const file = await lockFile(trx, number);
  requireState(file, ['released']);
  const at = deps.clock.now();
  const [written] = await rows<{ sealed: string }>(
    trx,
    `update settlement_files set state = 'written', written_by = :by, written_at = :at where id = :id
     returning content_sealed as sealed`,
    { id: file.id, by: by.userId, at },
  );
  await audit(trx, { by, at, action: 'settlement_file.write', number, detail: { bank: file.bank } });
  return {
    name: `${file.bank}-${file.layout}-${number}.txt`,
    text: cipher.open(written!.sealed, SETTLEMENT_FILE.place(file.id)),
  };
}

/** What approvals of files do. */
export function createFileActions({
  knex,
  clock,
}: Pick<FileDependencies, 'knex' | 'clock'>): Readonly<Record<string, ApprovalAction>> {
  const numberIn = ({ detail }: Pick<Proposal, 'detail'>): bigint => BigInt(String(detail.number));
  return {
    [FILE_RELEASE]: {
      async look(proposal) {
        requireState(await findFile(knex, numberIn(proposal)), ['made']);
        return {};
      },
      async carryOut(trx, approval, by) {
        const file = await lockFile(trx, numberIn(approval));
        requireState(file, ['made']);
        // Whoever made the file does not check it, whoever proposed it.
        if (file.madeBy === by.userId) throw new DomainError(APPROVAL_ERRORS.APPROVAL_NEEDS_ANOTHER);
        await execute(
          trx,
          `update settlement_files set state = 'released', released_at = :at, released_approval_id = :approval
           where id = :id`,
          { id: file.id, at: clock.now(), approval: approval.id },
        );
        return done(file);
      },
    },
    [FILE_CANCEL]: {
      async look(proposal) {
        await requireCancellable(knex, await findFile(knex, numberIn(proposal)));
        return {};
      },
      carryOut: (trx, approval) => cancel(trx, clock, numberIn(approval), approval),
    },
  };
}

async function cancel(
  trx: Knex.Transaction,
  clock: Clock,
  number: bigint,
  approval: ApprovalModel,
): ReturnType<ApprovalAction['carryOut']> {
  const file = await lockFile(trx, number);
  // an answer of the bank that is being imported holds them too
  await execute(
    trx,
    `select from settlement_items where id in (select item_id from settlement_file_items where file_id = ?)
     order by id for update`,
    [file.id],
  );
  await requireCancellable(trx, file);
  await execute(
    trx,
    `update settlement_files set state = 'cancelled', cancelled_at = :at, cancelled_approval_id = :approval
     where id = :id`,
    { id: file.id, at: clock.now(), approval: approval.id },
  );
  await execute(trx, 'update settlement_file_items set counts = false where file_id = ?', [file.id]);
  return done(file);
}

const done = ({ number, itemCount, totalPaise }: FileRow) => ({
  journalId: null,
  result: { file: number.toString(), items: itemCount, amount_paise: totalPaise.toString() },
});

/** Of a file that the bank has answered, some lines may be paid; also where nobody has let that answer in yet. */
async function requireCancellable(db: Knex | Knex.Transaction, file: FileRow): Promise<void> {
  requireState(file, ['made', 'released', 'written']);
  const [answered] = await rows<{ n: number }>(
    db,
    `select count(*)::int4 as n from settlement_file_items f
    where f.file_id = ? and (exists (select from settlement_endings e where e.item_id = f.item_id)
      or exists (select from settlement_answer_lines l where l.item_id = f.item_id
        and ${decisionOn('l.answer_id')} is distinct from 'rejected'))`,
    [file.id],
  );
  if (answered!.n > 0)
    throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_FILE_STATE, {
      detail: `the bank has answered ${answered!.n} of its lines; a second person may refuse that answer`,
    });
}

function requireState(file: FileRow, states: readonly FileState[]): void {
  if (states.includes(file.state)) return;
  throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_FILE_STATE, {
    detail: `file ${file.number} is ${file.state}, and must be ${states.join(' or ')}`,
  });
}

async function findFile(db: Knex | Knex.Transaction, number: bigint, more = ''): Promise<FileRow> {
  const [found] = await rows<FileRow>(
    db,
    `select ${COLUMNS} from settlement_files where number = ? ${more}`,
    [number],
  );
  if (found === undefined) throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_FILE_NOT_FOUND);
  return found;
}

const lockFile = (trx: Knex.Transaction, number: bigint): Promise<FileRow> =>
  findFile(trx, number, 'for update');

function requireKeys({ cipher }: FileDependencies): FieldCipher {
  if (cipher === undefined) throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_FILE_NO_KEYS);
  return cipher;
}

async function audit(
  trx: Knex.Transaction,
  given: { by: Person; at: Date; action: string; number: bigint; detail: Record<string, string> },
): Promise<void> {
  const { by, at, action, number, detail } = given;
  await recordAudit(trx, {
    ...{ at, actor: by.userId, action, subject: `settlement_file:${number}` },
    ...{ outcome: 'succeeded', detail },
  });
}
