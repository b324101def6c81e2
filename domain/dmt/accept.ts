import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { errorOfConstraint, rows, type ConstraintErrors } from '../../platform/database';
import type { FieldCipher, KeyedDigest } from '../../platform/encryption';
import { DomainError } from '../errors/errors';
import { DMT_ERRORS } from './errors';
import type { Paise } from '../../platform/money';
import { int2, int8, table, text, timestamptz, uuid } from '../../platform/sql';
import type { Caller } from '../auth/api-keys';
import type { OtpTries, OtpTry } from '../otp/tries';
import type { Policies } from '../policies/policies';
import type { Roads } from '../routing/roads';
import type { TierLimits } from '../standings/standings';
import { createAcceptance, type Accepted } from '../intake/accept';
import { refuseDuplicates } from '../intake/duplicates';
import type { RepeatRules } from '../intake/repeats';
import { enveloped, newTransaction, partId, type Asked, type Order, type Quote } from '../intake/new-request';
import type { NewRequest, NewTransaction, ServiceDetails } from '../intake/accepted-rows';
import { agreedCommission, limitKeyOf, monthlyCap, otpLifeMs, quotePart } from './quote';
import type { Recipients } from './recipients';
import { TRANSFER_REPEATS, type ComparedTransfer } from './repeats';
import type { OpenSender, Senders } from './senders';
import { transferView, type TransferRequest } from './transfer';
import { TRANSFER_OTP } from './sealed';

/**
 * Accepts a transfer. A transfer of one part is one transaction; one of several parts is a request with its
 * own id and a transaction for each part, stored all together or not at all. The one-time password is sealed
 * on its row, and the database erases it when the transaction is sent or given up.
 */
export interface AcceptTransfers {
  /**
   * Throws what Acceptance.accept throws, and DomainError DMT_SENDER_NOT_FOUND, DMT_SENDER_NOT_ACTIVE,
   * DMT_RECIPIENT_NOT_FOUND, DMT_AMOUNT_OUT_OF_RANGE, DMT_OTP_REFERENCE_INVALID, DMT_OTP_EXPIRED,
   * DMT_OTP_USED, DMT_DUPLICATE_SUSPECTED, OTP_TRIES_USED_UP, POLICY_NOT_FOUND, PRICE_NOT_FOUND.
   */
  accept(caller: Caller, idempotencyKey: string, request: TransferRequest): Promise<Accepted>;
}

export interface AcceptTransferDependencies {
  knex: Knex;
  clock: Clock;
  tiers: Pick<TierLimits, 'cap'>;
  roads: Pick<Roads, 'requireOpen'>;
  policies: Policies;
  cipher: FieldCipher;
  digest: KeyedDigest;
  provider: string;
  senders: Senders;
  recipients: Recipients;
  otpTries: OtpTries;
  repeatRules: Pick<RepeatRules, 'repeatOf'>;
  onPoint?(point: 'committed'): Promise<void> | void;
}

interface Details {
  partNo: number;
  otpId: string;
  senderId: string;
  recipientId: string;
  amountPaise: Paise;
  maxPaise: Paise;
  chargeTaxPaise: Paise;
  otpSealed: string;
  expiresAt: Date;
  compared?: ComparedTransfer | undefined;
}

const CONSTRAINT_ERRORS: ConstraintErrors = {
  // Two concurrent requests used the same password, and the other was first.
  dmt_transfers_otp_used_once: (cause) => otpProblem('DMT_OTP_USED', undefined, cause),
};

export function createAcceptTransfers(deps: AcceptTransferDependencies): AcceptTransfers {
  const acceptance = createAcceptance<Details>({ ...deps, details: DETAILS });
  return {
    async accept(caller, idempotencyKey, request) {
      const order = { caller, key: idempotencyKey, hashes: hashTransfer(deps.digest, request) };
      const tries: OtpTry[] = [];
      const notAsked = (): Promise<unknown> => Promise.all(tries.map((tried) => tried.notAsked()));
      try {
        const accepted = await acceptance.accept(order, async () => {
          const sender = await deps.senders.open(caller.userId, request.senderId);
          const built = await buildRequest(deps, order, request, sender);
          tries.push(await tryOtps(deps, caller.userId, sender, request.parts.length));
          return built;
        });
        if (accepted.replayed) await notAsked();
        return accepted;
      } catch (thrown) {
        const error = errorOfConstraint(thrown, CONSTRAINT_ERRORS);
        if (isCertainlyNotStored(error)) await notAsked();
        throw error;
      }
    },
  };
}

/**
 * Each part is a try of its password, counted before the transfer is stored: the provider judges it later.
 * The database gives the try back when the password was right, or never left us
 * (`dmt_transfers_give_back_try`).
 */
function tryOtps(
  { otpTries }: AcceptTransferDependencies,
  caller: UserId,
  { phones }: OpenSender,
  n: number,
): Promise<OtpTry> {
  return otpTries.take('dmt_transfer', { phones, caller }, { n });
}

/** Not so where a commit could not be confirmed. */
function isCertainlyNotStored(error: unknown): boolean {
  return error instanceof DomainError && error.kind !== 'unavailable';
}

const DETAILS: ServiceDetails<Details> = {
  mustAdmit: (list) => list.some(({ transactions }) => transactions[0]!.details.compared !== undefined),
  admit: refuseDuplicates(TRANSFER_REPEATS),
  table: table('dmt_transfers', {
    transaction_id: uuid((t) => t.id),
    part_no: int2((t) => t.details.partNo),
    otp_request_id: uuid((t) => t.details.otpId),
    sender_id: uuid((t) => t.details.senderId),
    recipient_id: uuid((t) => t.details.recipientId),
    amount_paise: int8((t) => t.details.amountPaise),
    max_paise: int8((t) => t.details.maxPaise),
    charge_tax_paise: int8((t) => t.details.chargeTaxPaise),
    otp_sealed: text((t) => t.details.otpSealed),
    otp_expires_at: timestamptz((t) => t.details.expiresAt),
  }),
};

async function buildRequest(
  deps: AcceptTransferDependencies,
  order: Order & { caller: Caller },
  request: TransferRequest,
  sender: OpenSender,
): Promise<NewRequest<Details>> {
  const now = deps.clock.now();
  await deps.recipients.refOf(sender.id, request.recipientId);
  await checkOtps(deps, order.caller.userId, request, now);
  const asked: Asked = {
    service: 'dmt',
    currency: request.currency,
    reference: request.reference,
    at: now,
    policies: deps.policies,
  };
  const compared = comparedOf(deps, order.caller, request, now);
  const transactions = request.parts.map((part, index) =>
    buildTransaction(deps, asked, {
      ...{ id: partId(order, now, index + 1), sender, request, part, index, compared },
    }),
  );
  const id = transactions.length === 1 ? transactions[0]!.id : partId(order, now, 0);
  const facts = {
    id,
    senderId: request.senderId,
    recipientId: request.recipientId,
    reference: request.reference,
    currency: request.currency,
    createdAt: now,
  };
  const parts = transactions.map((t) => ({
    ...t,
    status: 'PENDING' as const,
    statusReason: null,
    statusMessage: null,
    providerReason: null,
    nextAction: null,
    details: null,
    chargeTaxPaise: t.details.chargeTaxPaise,
    utr: null,
    finishedAt: null,
  }));
  return enveloped(order, asked, {
    id,
    acceptedBody: JSON.stringify(transferView(facts, parts)),
    transactions,
  });
}

interface Part {
  id: string;
  sender: OpenSender;
  request: TransferRequest;
  part: TransferRequest['parts'][number];
  index: number;
  compared: ComparedTransfer | undefined;
}

function comparedOf(
  { repeatRules }: AcceptTransferDependencies,
  caller: Caller,
  { senderId, recipientId, parts, force }: TransferRequest,
  at: Date,
): ComparedTransfer | undefined {
  const repeat = repeatRules.repeatOf('dmt', caller, { at, force });
  if (repeat === undefined) return undefined;
  const amountPaise = parts.reduce((sum, part) => sum + part.amountPaise, 0n);
  return { userId: caller.userId, senderId, recipientId, amountPaise, at, ...repeat };
}

function buildTransaction(
  deps: AcceptTransferDependencies,
  asked: Asked,
  { id, sender, request, part, index, compared }: Part,
): NewTransaction<Details> {
  const { amountPaise, maxPaise, chargePaise, taxWithinPaise } = quotePart(
    deps.policies,
    part.amountPaise,
    asked.at,
    `#/parts/${index}/amount`,
  );
  const quote: Quote = {
    provider: deps.provider,
    amountPaise,
    feePaise: 0n,
    taxPaise: 0n,
    chargePaise,
    limitKey: limitKeyOf(deps.digest, sender.mobile, asked.at),
    limitCapPaise: monthlyCap(deps.policies, asked.at),
    agreed: agreedCommission(deps.policies, deps.provider, amountPaise, asked.at),
  };
  const details: Details = {
    partNo: index + 1,
    otpId: part.otpId,
    senderId: request.senderId,
    recipientId: request.recipientId,
    amountPaise,
    maxPaise,
    chargeTaxPaise: taxWithinPaise,
    otpSealed: deps.cipher.seal(part.otp, TRANSFER_OTP.place(id)),
    expiresAt: addMs(asked.at, otpLifeMs(deps.policies)),
    compared,
  };
  return newTransaction(asked, quote, { id, details });
}

/**
 * Each part needs a one-time password that was sent for it (this sender, recipient and amount) recently and
 * was not used.
 */
async function checkOtps(
  deps: AcceptTransferDependencies,
  userId: UserId,
  request: TransferRequest,
  now: Date,
): Promise<void> {
  const found = await rows<{ id: string; amountPaise: Paise; expiresAt: Date; isUsed: boolean }>(
    deps.knex,
    `
    select o.id, o.amount_paise as "amountPaise", o.expires_at as "expiresAt",
      exists (select from dmt_transfers d where d.otp_request_id = o.id) as "isUsed"
    from dmt_otp_requests o where o.id = any(?::uuid[]) and o.user_id = ? and o.sender_id = ? and o.recipient_id = ?
      and o.transaction_id is null`,
    [request.parts.map((p) => p.otpId), userId, request.senderId, request.recipientId],
  );
  const byId = new Map(found.map((o) => [o.id, o]));
  const seen = new Set<string>();
  request.parts.forEach(({ otpId, amountPaise }, i) => {
    const sent = byId.get(otpId);
    if (sent === undefined || sent.amountPaise !== amountPaise || seen.has(otpId))
      throw otpProblem('DMT_OTP_REFERENCE_INVALID', i);
    if (sent.isUsed) throw otpProblem('DMT_OTP_USED', i);
    if (sent.expiresAt <= now) throw otpProblem('DMT_OTP_EXPIRED', i);
    seen.add(otpId);
  });
}

const SAID = {
  DMT_OTP_REFERENCE_INVALID:
    'no one-time password with this reference was sent to this sender for this recipient and amount; ' +
    'give each part the reference that it was sent under',
  DMT_OTP_USED: 'the one-time password belongs to an earlier transfer; ask for a new one',
  DMT_OTP_EXPIRED: 'the one-time password is too old; ask for a new one',
} as const satisfies Partial<Record<keyof typeof DMT_ERRORS, string>>;

function otpProblem(code: keyof typeof SAID, index: number | undefined, cause?: unknown): DomainError {
  const detail = SAID[code];
  return new DomainError(DMT_ERRORS[code], {
    detail,
    cause,
    ...(index === undefined ? {} : { errors: [{ pointer: `#/parts/${index}/otp_reference`, code, detail }] }),
  });
}

/**
 * The hash with which a second use of the key is compared. It leaves out one-time passwords, so that nothing
 * stored reveals them.
 */
export function hashTransfer(
  digest: KeyedDigest,
  { senderId, recipientId, reference, currency, parts, force }: TransferRequest,
): readonly Buffer[] {
  return digest.every(
    'request',
    JSON.stringify([
      'dmt',
      senderId,
      recipientId,
      reference,
      currency,
      parts.map((p) => [p.amountPaise.toString(), p.otpId]),
      ...(force === true ? ['force'] : []), // what was asked before it could be said has the digest that it had
    ]),
  );
}
