import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { derivedReference, type Ids } from '../../platform/ids';
import type { Beneficiaries, SealedBeneficiary } from '../beneficiaries/beneficiaries';
import type { Policies, ProviderPolicy } from '../policies/policies';
import type { ProviderRegistry } from '../provider/provider';
import type { OffersValidations, ValidationAnswer, ValidationCalls, ValidationMethod } from './port';
import {
  claimDue,
  claimSend,
  end,
  giveBack,
  giveUp,
  insertValidation,
  keepOpen,
  latestOf,
  openByReference,
  readValidation,
  takeTurn,
  type ValidationRow,
  type ValidationState,
} from './rows';
import { REGISTERED_NAME } from './sealed';

/**
 * Does the account of a beneficiary exist, and whose is it? A validation costs money and has no idempotency
 * key, so the row is the guard: one is open at a time for a beneficiary, it is sent by whoever claims the row,
 * and sent again only if the request certainly never left. What is not known stays open, is asked about, and
 * ends as `unresolved`; it is never repeated by itself.
 */
export interface Validations {
  /** Whether the provider validates accounts of this kind. */
  offers(provider: string, kind: 'bank' | 'vpa'): boolean;
  /**
   * Begins one, sends it, and returns how it stands. With one open already, or an answer no older than
   * `answeredSince`, that one is returned and nothing is sent. Throws Error for a beneficiary that is not
   * there, or a provider that does not validate.
   */
  validate(request: ValidationRequest): Promise<Validation>;
  read(id: string): Promise<Validation | undefined>;
  /** Of a beneficiary: the open one, or else the one that was begun last. */
  latest(beneficiaryId: string): Promise<Validation | undefined>;
  /** A callback names one: asks about it. True if it is one of ours that has no answer. */
  heard(provider: string, reference: string): Promise<boolean>;
  /** Drives up to `limit` that are due: sends what was begun, asks about what was sent. */
  keep(limit: number): Promise<{ claimed: number; errors: Error[] }>;
}

export interface ValidationRequest {
  beneficiaryId: string;
  provider: string;
  method: ValidationMethod;
  answeredSince?: Date;
  /**
   * Called in the database transaction of one that is about to be begun under this id, after the lock of the
   * beneficiary; what it throws is thrown, and nothing is begun.
   */
  admit?(trx: Knex.Transaction, id: string): Promise<void>;
}

export interface Validation {
  id: string;
  beneficiaryId: string;
  provider: string;
  /**
   * `begun` and `sent` are open. `valid` and `invalid` are answers. `failed`, `refused` and `unresolved` are
   * none: another validation may be begun, and is paid for.
   */
  state: ValidationState;
  reason: string | null;
  registeredName: string | null;
  nameScore: number | null;
  utr: string | null;
  begunAt: Date;
  endedAt: Date | null;
}

export interface ValidationDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  beneficiaries: Beneficiaries;
  policies: Policies;
  providers: ProviderRegistry<OffersValidations>;
  onPoint?(point: 'begun' | 'claimed' | 'answered'): Promise<void> | void;
}

/** A row that was taken by the loop is left to its taker for so long. */
const TAKEN_MS = 120_000;
/** Beyond the time-out of a call, so that nobody asks while it is under way. */
const GRACE_MS = 5_000;
const RETRY_MS = 1_000;

export function createValidations(deps: ValidationDependencies): Validations {
  const { knex, clock, providers } = deps;
  return {
    offers: (provider, kind) => callsOf(deps, provider)?.kinds.includes(kind) === true,
    async validate(request) {
      const row = await begin(deps, request);
      await deps.onPoint?.('begun');
      if (row.state === 'begun') await send(deps, row);
      return viewOf(deps, (await readValidation(knex, row.id))!);
    },
    async read(id) {
      const row = await readValidation(knex, id);
      return row === undefined ? undefined : viewOf(deps, row);
    },
    async latest(beneficiaryId) {
      const row = await latestOf(knex, beneficiaryId);
      return row === undefined ? undefined : viewOf(deps, row);
    },
    async heard(provider, reference) {
      const row = providers.has(provider) ? await openByReference(knex, provider, reference) : undefined;
      if (row !== undefined) await ask(deps, row);
      return row !== undefined;
    },
    async keep(limit) {
      const now = clock.now();
      const claimed = await claimDue(knex, { now, again: addMs(now, TAKEN_MS), limit });
      const errors: Error[] = [];
      await Promise.all(
        claimed.map(async (id) => {
          try {
            await drive(deps, id);
          } catch (error) {
            errors.push(
              error instanceof Error ? error : new Error('a validation was not driven', { cause: error }),
            );
          }
        }),
      );
      return { claimed: claimed.length, errors };
    },
  };
}

function callsOf({ providers }: ValidationDependencies, provider: string): ValidationCalls | undefined {
  return providers.has(provider) ? providers.get(provider).validation : undefined;
}

/** The open one, an answer that is young enough, or a new row. Requests for one beneficiary take turns. */
async function begin(deps: ValidationDependencies, request: ValidationRequest): Promise<ValidationRow> {
  const { beneficiaryId, provider, method, answeredSince } = request;
  if (callsOf(deps, provider) === undefined) throw new Error(`${provider} does not validate accounts`);
  const id = deps.ids.uuid();
  return deps.knex.transaction(async (trx) => {
    if (!(await takeTurn(trx, beneficiaryId))) throw new Error('there is no such beneficiary');
    const begunAt = deps.clock.now(); // not before its turn: it would be older than the one that it waited for
    const latest = await latestOf(trx, beneficiaryId);
    if (latest !== undefined && (latest.endedAt === null || isFresh(latest, answeredSince))) return latest;
    await request.admit?.(trx, id);
    const sendBefore = addMs(begunAt, deps.policies.provider(provider).sendWindowMs);
    const ourReference = derivedReference(id, 'account validation');
    const dueAt = addMs(begunAt, GRACE_MS); // the loop leaves it to this caller first
    const row = { id, beneficiaryId, provider, method, ourReference, begunAt, sendBefore, dueAt };
    await insertValidation(trx, row);
    return (await latestOf(trx, beneficiaryId))!;
  });
}

function isFresh({ state, endedAt }: ValidationRow, since: Date | undefined): boolean {
  const isAnswer = state === 'valid' || state === 'invalid';
  return isAnswer && since !== undefined && endedAt !== null && endedAt >= since;
}

async function drive(deps: ValidationDependencies, id: string): Promise<void> {
  const row = await readValidation(deps.knex, id);
  if (row?.state === 'begun') await send(deps, row);
  else if (row?.state === 'sent') await ask(deps, row);
}

/** Only who claims the row sends. Past `send_before` nobody does: then nobody can say what became of it. */
async function send(deps: ValidationDependencies, row: ValidationRow): Promise<void> {
  const { knex, clock } = deps;
  const calls = callsOf(deps, row.provider);
  const now = clock.now();
  if (now >= row.sendBefore || calls === undefined)
    return giveUp(knex, row, { rawStatus: '<not sent in time>', at: now });
  const beneficiary = await openBeneficiary(deps, row.beneficiaryId);
  const { totalTimeoutMs } = deps.policies.provider(row.provider);
  const askAt = addMs(row.sendBefore, totalTimeoutMs + GRACE_MS);
  if (!(await claimSend(knex, row, { now, askAt }))) return;
  await deps.onPoint?.('claimed');
  const { method, ourReference, sendBefore } = row;
  const answer = await orUnknown(calls.validate({ method, ourReference, beneficiary }, { sendBefore }));
  await deps.onPoint?.('answered');
  const claimed = { ...row, state: 'sent' as const, sentAt: now, sends: row.sends + 1 };
  if (answer.kind === 'unknown' && !answer.sent)
    return giveBack(knex, claimed, {
      rawStatus: answer.rawStatus,
      dueAt: addMs(clock.now(), Math.max(RETRY_MS, answer.retryAfterMs ?? 0)),
    });
  await record(deps, claimed, answer);
}

/** Costs nothing and decides nothing by itself, so several may ask at once. */
async function ask(deps: ValidationDependencies, row: ValidationRow): Promise<void> {
  const target = {
    ourReference: row.ourReference,
    ...(row.providerReference !== null && { providerReference: row.providerReference }),
  };
  const asked = callsOf(deps, row.provider)?.inquire?.(target);
  await record(deps, row, asked === undefined ? NO_INQUIRY : await orUnknown(asked));
}

const NO_INQUIRY: ValidationAnswer = { kind: 'unknown', sent: true, rawStatus: '<no inquiry>' };

/** A connector that throws has told us nothing. The error is dropped: it may quote an account. */
async function orUnknown(call: Promise<ValidationAnswer>): Promise<ValidationAnswer> {
  try {
    return await call;
  } catch {
    return { kind: 'unknown', sent: true, rawStatus: '<connector failed>' };
  }
}

async function record(
  deps: ValidationDependencies,
  row: ValidationRow,
  answer: ValidationAnswer,
): Promise<void> {
  const { knex, clock, cipher } = deps;
  const { kind, rawStatus, rawReason = null, providerReference = null, registeredName } = answer;
  const at = clock.now();
  if (kind === 'pending' || kind === 'unknown') {
    if (row.state !== 'sent') return;
    const dueAt = nextAsk(deps.policies.provider(row.provider), row, at);
    const isAskable = callsOf(deps, row.provider)?.inquire !== undefined;
    if (dueAt === undefined || (kind === 'unknown' && !isAskable))
      return giveUp(knex, row, { rawStatus, at });
    return keepOpen(knex, row.id, { rawStatus, rawReason, providerReference, dueAt });
  }
  const isAnswer = kind === 'valid' || kind === 'invalid';
  await end(knex, row.id, {
    state: kind,
    rawStatus,
    rawReason,
    providerReference,
    registeredNameSealed:
      isAnswer && registeredName !== undefined
        ? cipher.seal(registeredName, REGISTERED_NAME.place(row.id))
        : null,
    nameScore: isAnswer ? (answer.nameScore ?? null) : null,
    utr: answer.utr ?? null,
    at,
  });
}

/** By the provider's schedule; undefined when it has been asked about for long enough. */
function nextAsk(
  { pollScheduleMs, pollForMs }: ProviderPolicy,
  { sentAt, asks }: ValidationRow,
  now: Date,
): Date | undefined {
  if (sentAt !== null && now.getTime() - sentAt.getTime() >= pollForMs) return undefined;
  return addMs(now, pollScheduleMs[Math.min(asks, pollScheduleMs.length - 1)]!);
}

async function openBeneficiary({ knex, beneficiaries }: ValidationDependencies, id: string) {
  type Row = Pick<SealedBeneficiary, 'id' | 'kind' | 'nameSealed' | 'accountSealed' | 'ifsc'>;
  const found = await rows<Row>(
    knex,
    `select id, kind, name_sealed as "nameSealed", account_sealed as "accountSealed", ifsc
     from beneficiaries where id = ?`,
    [id],
  );
  return beneficiaries.open(found[0]!);
}

function viewOf({ cipher }: ValidationDependencies, row: ValidationRow): Validation {
  const { id, beneficiaryId, provider, state, rawReason, registeredNameSealed } = row;
  return {
    id,
    beneficiaryId,
    provider,
    state,
    reason: rawReason,
    registeredName:
      registeredNameSealed === null ? null : cipher.open(registeredNameSealed, REGISTERED_NAME.place(id)),
    nameScore: row.nameScore,
    utr: row.utr,
    begunAt: row.begunAt,
    endedAt: row.endedAt,
  };
}
