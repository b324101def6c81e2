import type { UserId, TransactionId } from '../ids/ids';
import type { OffersBills } from './port';
import type { Knex } from 'knex';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import type { FieldCipher } from '../../platform/encryption';
import { DomainError } from '../errors/errors';
import { BBPS_ERRORS } from './errors';
import { publicId, type Ids } from '../../platform/ids';
import { orUnknown } from '../provider/answers';
import type { ProviderRegistry } from '../provider/provider';
import type { Policies } from '../policies/policies';
import {
  askHowItStands,
  confirm,
  MIN_GAP_MS,
  markUnconfirmed,
  mayAsk,
  SENDING,
  SENDING_AT_MOST_MS,
} from './complaint-follow';
import {
  bringComplaintForward,
  claimComplaint,
  insertComplaint,
  noteStatus,
  openTexts,
  readComplaints,
  readPaid,
  type ComplaintRow,
  type PaidBill,
} from './complaint-rows';
import type { BbpsPolicies } from './policies';
import type { BillCalls, Disposition } from './port';

/**
 * Complaints about successful payments, by NPCI's dispositions. The row is committed before the provider is
 * told, so that each kind is raised once; a missing answer leaves it unconfirmed. Its status is asked for
 * when it is read, and by a loop when nobody reads it (complaint-keeper.ts); a callback only brings that
 * question forward.
 */
export interface Complaints {
  /**
   * Throws DomainError TRANSACTION_NOT_FOUND, BBPS_COMPLAINT_NOT_POSSIBLE, BBPS_COMPLAINT_TOO_EARLY (with the
   * instant from which), BBPS_COMPLAINT_OPEN, PROVIDER_REJECTED.
   */
  raise(
    userId: UserId,
    transactionId: TransactionId,
    disposition: Disposition,
    description: string,
  ): Promise<ComplaintView>;
  /** Throws DomainError TRANSACTION_NOT_FOUND. */
  list(userId: UserId, transactionId: TransactionId): Promise<ComplaintView[]>;
  /** Throws DomainError TRANSACTION_NOT_FOUND, BBPS_COMPLAINT_NOT_FOUND. */
  get(userId: UserId, transactionId: TransactionId, id: string): Promise<ComplaintView>;
  /**
   * A provider says that the complaint of this reference has changed. True when it is one of ours that is
   * open.
   */
  hint(provider: string, reference: string): Promise<boolean>;
}
export interface ComplaintDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  providers: ProviderRegistry<OffersBills>;
  policies: Policies;
  bbpsPolicies: BbpsPolicies;
}

const DAY_MS = 86_400_000;

export type ComplaintView = ReturnType<typeof complaintView>;

export function createComplaints(deps: ComplaintDependencies): Complaints {
  async function paidBy(userId: UserId, transactionId: TransactionId): Promise<PaidBill> {
    const paid = await readPaid(deps.knex, userId, transactionId);
    if (paid === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
    return paid;
  }
  const view = (row: ComplaintRow): ComplaintView => complaintView(row, openTexts(deps.cipher, row));

  return {
    async raise(userId, transactionId, disposition, description) {
      const paid = await paidBy(userId, transactionId);
      const now = deps.clock.now();
      const { reference, complain } = complainable(deps, paid, now);
      const rule = deps.bbpsPolicies.disposition(disposition, now);
      const id = deps.ids.uuid();
      const dueOn = businessDate(addMs(now, rule.tatDays * DAY_MS));
      if (
        !(await insertComplaint(deps.knex, deps.cipher, {
          id,
          userId,
          transactionId,
          provider: paid.provider,
          disposition,
          npciCode: rule.npciCode,
          ticketType: rule.ticketType,
          description,
          status: SENDING,
          dueOn,
          createdAt: now,
          nextAskAt: addMs(now, SENDING_AT_MOST_MS),
        }))
      ) {
        throw new DomainError(BBPS_ERRORS.BBPS_COMPLAINT_OPEN, {
          detail:
            'follow the one that is open at /v1/bbps/payments/{id}/complaints; when it is closed another may be raised',
        });
      }
      const answer = await orUnknown(() => complain(reference, disposition, description, { transactionId }));
      // its number is made behind the answer
      if (answer.ok) await confirm(deps, { id, transactionId }, answer.value, MIN_GAP_MS);
      else if (answer.kind === 'refused') {
        await noteStatus(
          deps.knex,
          id,
          { from: SENDING, to: '<refused>' },
          { isClosed: true, now: deps.clock.now() },
        );
        throw new DomainError('PROVIDER_REJECTED', {
          detail: 'the provider takes no such complaint about this payment',
        });
      } else await markUnconfirmed(deps, id, transactionId);
      return view((await readComplaints(deps.knex, transactionId, id))[0]!);
    },
    async list(userId, transactionId) {
      const paid = await paidBy(userId, transactionId);
      await Promise.all((await readComplaints(deps.knex, paid.id)).map((row) => askAbout(deps, row)));
      return (await readComplaints(deps.knex, paid.id)).map(view);
    },
    async get(userId, transactionId, id) {
      const paid = await paidBy(userId, transactionId);
      const [row] = await readComplaints(deps.knex, paid.id, id);
      if (row === undefined) throw new DomainError(BBPS_ERRORS.BBPS_COMPLAINT_NOT_FOUND);
      await askAbout(deps, row);
      return view((await readComplaints(deps.knex, paid.id, id))[0]!);
    },
    hint: (provider, reference) => bringComplaintForward(deps.knex, provider, reference, deps.clock.now()),
  };
}

type Complain = NonNullable<BillCalls['complain']>;

/**
 * Throws unless a complaint may be raised about the payment now; the network's reference and the call
 * otherwise.
 */
function complainable(
  deps: ComplaintDependencies,
  paid: PaidBill,
  now: Date,
): { reference: string; complain: Complain } {
  const notPossible = (detail: string): DomainError =>
    new DomainError(BBPS_ERRORS.BBPS_COMPLAINT_NOT_POSSIBLE, { detail });
  if (paid.state !== 'succeeded')
    throw notPossible(
      'complaints are about payments with the status SUCCESS; what is pending is asked about by us, and what failed has been given back',
    );
  const calls = deps.providers.has(paid.provider) ? deps.providers.get(paid.provider).bbps : undefined;
  const reference = paid.utr ?? paid.providerReference;
  if (calls?.complain === undefined || reference === null)
    throw notPossible(
      'the provider of this payment takes no complaints here; write to support with the id of the payment',
    );
  const from = addMs(paid.finishedAt!, deps.bbpsPolicies.coolOffMs(paid.category, now));
  if (now < from) {
    throw new DomainError(BBPS_ERRORS.BBPS_COMPLAINT_TOO_EARLY, {
      detail: `billers of this category may take until then to show a payment: complaints are taken from ${from.toISOString()}`,
      retryAfterS: Math.ceil((from.getTime() - now.getTime()) / 1_000),
    });
  }
  return { reference, complain: (...about) => calls.complain!(...about) };
}

/** Asks the provider how an open complaint stands, if that is due. */
async function askAbout(deps: ComplaintDependencies, row: ComplaintRow): Promise<void> {
  const now = deps.clock.now();
  if (row.status === SENDING && now >= addMs(row.createdAt, SENDING_AT_MOST_MS))
    return markUnconfirmed(deps, row.id, row.transactionId);
  if (row.providerReference === null || row.closedAt !== null || !mayAsk(deps, row)) return;
  if (
    await claimComplaint(deps.knex, row.id, now, {
      gapMs: deps.bbpsPolicies.timings().complaintAskGapMs,
      minGapMs: MIN_GAP_MS,
    })
  )
    await askHowItStands(deps, row);
}

function complaintView(
  row: ComplaintRow,
  { description, remarks }: { description: string; remarks: string | null },
) {
  const [id, payment] = [publicId('complaint', row.id), publicId('transaction', row.transactionId)];
  return {
    id,
    object: 'complaint' as const,
    payment,
    disposition: row.disposition,
    npci_code: row.npciCode,
    type: row.ticketType,
    state: row.closedAt === null ? ('open' as const) : ('closed' as const),
    status: row.status,
    dispute_id: row.disputeId,
    assigned_to: row.assignedTo,
    due_on: row.dueOn,
    description,
    remarks,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    closed_at: row.closedAt?.toISOString() ?? null,
    links: { self: `/v1/bbps/payments/${payment}/complaints/${id}` },
  };
}
