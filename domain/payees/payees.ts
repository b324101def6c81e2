import type { Knex } from 'knex';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import type { FieldCipher } from '../../platform/encryption';
import { mapPage, pageOf, type Page, type PageRequest } from '../../platform/page';
import type { Caller } from '../auth/api-keys';
import { requireIfsc, type BankRows, type Warned } from '../banks/ifsc';
import {
  findBeneficiaries,
  insertBeneficiaries,
  type Beneficiaries,
  type NewBeneficiary,
} from '../beneficiaries/beneficiaries';
import type { BeneficiaryDetails } from '../beneficiaries/details';
import type { Cursors } from '../errors/cursor';
import { DomainError } from '../errors/errors';
import { inListTime } from '../errors/list-time';
import type { UserId } from '../ids/ids';
import type { Validations } from '../validations/validations';
import { noteChanges, noteDeed, type ChangeKind, type Doer } from './changes';
import { PAYEE_ERRORS } from './errors';
import {
  archive,
  checksToday,
  findPayee,
  isKnownSince,
  listPayees,
  lockChecksOf,
  lockListed,
  lockPayeesOf,
  madeToday,
  restore,
  type PayeeFilter,
  type PayeeRow,
  type Place,
} from './rows';
import { bindsCaller, tellsOf, type PayeeRules } from './rules';
import { viewOf, type PayeeView } from './view';

/** The beneficiaries of a user, as the user keeps them: those that were added, and those that payouts made. */
export interface Payees {
  /**
   * Adds one. The same details again give the one that is there; one that was archived is put back, as new. Throws
   * DomainError IFSC_ENDED, BANK_CLOSED, BENEFICIARIES_USED_UP, POLICY_NOT_FOUND.
   */
  add(doer: Doer, details: NewBeneficiary): Promise<{ view: PayeeView; isNew: boolean }>;
  /** The newest first. Throws DomainError LIST_TOO_SLOW, POLICY_NOT_FOUND. */
  list(userId: UserId, asked: PayeeFilter & PageRequest): Promise<Page<PayeeView>>;
  /** Throws DomainError BENEFICIARY_NOT_FOUND, POLICY_NOT_FOUND. */
  get(userId: UserId, id: string): Promise<PayeeView>;
  /** Off the list: no later payout may name it. Throws DomainError BENEFICIARY_NOT_FOUND, POLICY_NOT_FOUND. */
  archive(doer: Doer, id: string): Promise<PayeeView>;
  /**
   * Asks the bank whose the account is, or gives the answer that still counts. Throws DomainError
   * BENEFICIARY_NOT_FOUND, BENEFICIARY_NOT_VERIFIABLE, BENEFICIARY_CHECKS_USED, POLICY_NOT_FOUND.
   */
  verify(doer: Doer, id: string): Promise<PayeeView>;
  /** In clear, of one that is archived too. Throws DomainError BENEFICIARY_NOT_FOUND. */
  open(userId: UserId, id: string): Promise<OpenPayee>;
  /** Whether it is new to the user. Nothing is read while nobody is new. Throws DomainError POLICY_NOT_FOUND. */
  isNew(userId: UserId, payee: NewBeneficiary | { id: string }): Promise<boolean>;
}

export interface OpenPayee extends BeneficiaryDetails {
  isArchived: boolean;
}

export interface PayeeDependencies {
  knex: Knex;
  lists: Knex;
  clock: Clock;
  cipher: FieldCipher;
  cursors: Cursors;
  policies: BankRows;
  beneficiaries: Beneficiaries;
  validations: Pick<Validations, 'offers' | 'validate'>;
  payeeRules: PayeeRules;
  /** Who asks the banks: who pays out. */
  provider: string;
}

const DAY_MS = 86_400_000;
/** Later than any, as the place of the first page. */
const FIRST: Place = { micros: '9999999999999999', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

export function createPayees(deps: PayeeDependencies): Payees {
  const { knex, clock, beneficiaries, payeeRules } = deps;
  return {
    add: (doer, details) => add(deps, doer, details),
    list: (userId, asked) => list(deps, userId, asked),
    get: async (userId, id) => shown(deps, await ownOf(deps, userId, id)),
    async archive(doer, id) {
      await takeOff(deps, doer, id);
      return shown(deps, await ownOf(deps, doer.caller.userId, id));
    },
    verify: (doer, id) => verify(deps, doer, id),
    async open(userId, id) {
      const row = await ownOf(deps, userId, id);
      return { ...beneficiaries.open(row), isArchived: row.archivedAt !== null };
    },
    async isNew(userId, payee) {
      const now = clock.now();
      const { newForS } = payeeRules.payees(now);
      if (newForS === 0) return false;
      const which = 'id' in payee ? payee : { fingerprints: beneficiaries.fingerprints(payee) };
      return !(await isKnownSince(knex, userId, which, addMs(now, -newForS * 1_000)));
    },
  };
}

/** Another's is answered like one that nobody has. */
async function ownOf({ knex }: PayeeDependencies, userId: UserId, id: string): Promise<PayeeRow> {
  const row = await findPayee(knex, userId, id);
  if (row === undefined) throw new DomainError(PAYEE_ERRORS.BENEFICIARY_NOT_FOUND);
  return row;
}

function shown(deps: PayeeDependencies, row: PayeeRow): PayeeView {
  const at = deps.clock.now();
  return viewOf(deps, row, { payees: deps.payeeRules.payees(at), checks: deps.payeeRules.checks(at), at });
}

async function list(
  deps: PayeeDependencies,
  userId: UserId,
  { limit, cursor, status, kind }: PayeeFilter & PageRequest,
): Promise<Page<PayeeView>> {
  const { decode, encode } = deps.cursors.of(JSON.stringify(['beneficiaries', userId, status, kind ?? null]));
  const found = await inListTime(
    listPayees(deps.lists, userId, { status, kind }, { before: placeOf(decode(cursor)), limit: limit + 1 }),
  );
  return mapPage(
    pageOf(found, limit, ({ micros, id }) => encode(`${micros} ${id}`)),
    (row) => shown(deps, row),
  );
}

function placeOf(position: string | undefined): Place {
  const [micros, id] = position?.split(' ') ?? [];
  return micros === undefined || id === undefined ? FIRST : { micros, id };
}

async function add(
  deps: PayeeDependencies,
  doer: Doer,
  details: NewBeneficiary,
): Promise<{ view: PayeeView; isNew: boolean }> {
  const { knex, clock, beneficiaries } = deps;
  const { caller } = doer;
  const { userId } = caller;
  const warned = requirePayable(deps, details, clock.now());
  const fingerprints = beneficiaries.fingerprints(details);
  const sealed = beneficiaries.seal(userId, details, fingerprints);
  const made = await knex.transaction(async (trx) => {
    await lockPayeesOf(trx, [userId]);
    const at = clock.now(); // not before its turn
    const [known] = await findBeneficiaries(trx, [{ userId, fingerprints }]);
    if (known !== undefined && (await lockListed(trx, userId, known))) return { id: known, isNew: false };
    await requireRoom(trx, deps, caller, { at, but: known });
    if (known !== undefined) {
      await restore(trx, known, at);
      await note(trx, deps, doer, { kind: 'added', id: known, at });
      return { id: known, isNew: true };
    }
    const { ids } = await insertBeneficiaries(trx, [{ userId, sealed, madeBy: 'caller', at }]);
    await note(trx, deps, doer, { kind: 'added', id: ids[0]!, at });
    return { id: ids[0]!, isNew: true };
  });
  const view = shown(deps, await ownOf(deps, userId, made.id));
  return { view: { ...view, ...warned }, isNew: made.isNew };
}

async function takeOff(deps: PayeeDependencies, doer: Doer, id: string): Promise<void> {
  await deps.knex.transaction(async (trx) => {
    if (!(await lockListed(trx, doer.caller.userId, id))) return;
    const at = deps.clock.now(); // not before a payout that it waited for
    await archive(trx, id, at);
    await note(trx, deps, doer, { kind: 'archived', id, at });
  });
}

/** What was changed: for its owner, and for the record. */
async function note(
  trx: Knex.Transaction,
  { payeeRules }: PayeeDependencies,
  doer: Doer,
  { kind, id, at }: { kind: ChangeKind; id: string; at: Date },
): Promise<void> {
  const isTold = tellsOf(payeeRules.payees(at), doer.caller);
  await noteChanges(trx, [{ beneficiaryId: id, at }], { kind, isTold });
  await noteDeed(trx, doer, { verb: kind === 'added' ? 'add' : 'archive', id, at });
}

function requirePayable({ policies }: PayeeDependencies, { account }: NewBeneficiary, at: Date): Warned {
  return account.kind === 'vpa' ? {} : requireIfsc(policies, { ifsc: account.ifsc, pointer: '#/ifsc', at });
}

async function requireRoom(
  trx: Knex.Transaction,
  { payeeRules }: PayeeDependencies,
  caller: Caller,
  { at, but }: { at: Date; but: string | undefined },
): Promise<void> {
  const rule = payeeRules.payees(at);
  if (rule.mostNewADay === null || !bindsCaller(rule, caller)) return;
  const made = (await madeToday(trx, [caller.userId], { at, but })).get(caller.userId) ?? 0;
  if (made >= rule.mostNewADay) throw usedUp(rule.mostNewADay, at);
}

/** For whoever has made as many new ones today as are taken in a day. */
export function usedUp(most: number, at: Date): DomainError {
  return new DomainError(PAYEE_ERRORS.BENEFICIARIES_USED_UP, {
    detail: `${most} new beneficiaries are taken in a day; the day ${businessDate(at)} ends at midnight in India`,
  });
}

async function verify(deps: PayeeDependencies, doer: Doer, id: string): Promise<PayeeView> {
  const { clock, validations, payeeRules, provider } = deps;
  const { userId } = doer.caller;
  const row = await ownOf(deps, userId, id);
  if (row.archivedAt !== null) throw new DomainError(PAYEE_ERRORS.BENEFICIARY_NOT_FOUND);
  if (!validations.offers(provider, row.kind)) throw new DomainError(PAYEE_ERRORS.BENEFICIARY_NOT_VERIFIABLE);
  const { method, freshDays, mostADay } = payeeRules.checks(clock.now());
  await validations.validate({
    beneficiaryId: id,
    provider,
    method,
    answeredSince: addMs(clock.now(), -freshDays * DAY_MS),
    async admit(trx, validation) {
      const at = clock.now();
      await lockChecksOf(trx, userId);
      if ((await checksToday(trx, userId, at)) >= mostADay)
        throw new DomainError(PAYEE_ERRORS.BENEFICIARY_CHECKS_USED, {
          detail: `${mostADay} accounts are verified in a day; the day ${businessDate(at)} ends at midnight in India`,
        });
      await noteDeed(trx, doer, { verb: 'verify', id, at, detail: { method, validation } });
    },
  });
  return shown(deps, await ownOf(deps, userId, id));
}
