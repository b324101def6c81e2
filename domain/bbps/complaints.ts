import type { Knex } from 'knex';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import type { FieldCipher } from '../../platform/encryption';
import { DomainError } from '../../platform/errors';
import { publicId, type Ids } from '../../platform/ids';
import { openCases, transactionCase } from '../cases/cases';
import { asked } from '../dispatch/answers';
import type { ProviderRegistry } from '../dispatch/provider-port';
import { bringInquiryForward } from '../dispatch/inquiries';
import type { Policies } from '../policies/policies';
import { bringComplaintForward, claimComplaint, insertComplaint, noteStatus, openTexts, readComplaints, readPaid, writeAnswer, type ComplaintRow, type PaidBill } from './complaint-rows';
import type { BbpsPolicies } from './policies';
import type { BillCalls, Complaint, Disposition } from './port';

/**
 * Complaints about payments that have succeeded, by NPCI's dispositions. The row is committed before the provider is told, so that one of a kind is raised
 * once; an answer that never came leaves it unconfirmed, and a person looks. How it stands is asked when it is read; a callback only brings that forward.
 */
export interface Complaints {
  /**
   * Throws DomainError TRANSACTION_NOT_FOUND, BBPS_COMPLAINT_NOT_POSSIBLE, BBPS_COMPLAINT_TOO_EARLY (with the instant from which), BBPS_COMPLAINT_OPEN,
   * PROVIDER_REJECTED.
   */
  raise(userId: string, transactionId: string, disposition: Disposition, description: string): Promise<ComplaintView>;
  /** Throws DomainError TRANSACTION_NOT_FOUND. */
  list(userId: string, transactionId: string): Promise<ComplaintView[]>;
  /** Throws DomainError TRANSACTION_NOT_FOUND, BBPS_COMPLAINT_NOT_FOUND. */
  get(userId: string, transactionId: string, id: string): Promise<ComplaintView>;
  /** A provider says that the complaint of this reference has changed. True when it is one of ours that is open. */
  hint(provider: string, reference: string): Promise<boolean>;
}
export interface ComplaintDependencies { knex: Knex; clock: Clock; ids: Ids; cipher: FieldCipher; providers: ProviderRegistry; policies: Policies; bbpsPolicies: BbpsPolicies }

/** Statuses of a ticket that is closed (Setu's enum). Any other word leaves it open. */
const CLOSED: ReadonlySet<string> = new Set(['RESOLVED', 'REJECTED', 'DEFAULT_RESOLVED', 'REFUNDED', 'FAILED', 'UNRESOLVED']);
/** The money comes back as an adjustment of the payment: the provider is asked about it. */
const MONEY_BACK: ReadonlySet<string> = new Set(['REFUNDED', 'DEFAULT_RESOLVED']);
const SENDING = '<sending>';
const UNCONFIRMED = '<unconfirmed>';
const LEAST_GAP_MS = 1_000;
const SENDING_AT_MOST_MS = 120_000; // a process that died while it told the provider
const DAY_MS = 86_400_000;
const DATE = /^2\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d)$/; // the last days of a month are left to ours

export type ComplaintView = ReturnType<typeof complaintView>;

export function createComplaints(deps: ComplaintDependencies): Complaints {
  async function paidBy(userId: string, transactionId: string): Promise<PaidBill> {
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
      if (!await insertComplaint(deps.knex, deps.cipher, { id, userId, transactionId, provider: paid.provider, disposition, npciCode: rule.npciCode, ticketType: rule.ticketType, description, status: SENDING, dueOn, createdAt: now })) {
        throw new DomainError('BBPS_COMPLAINT_OPEN', { detail: 'follow the one that is open at /v1/bbps/payments/{id}/complaints; when it is closed another may be raised' });
      }
      const answer = await asked(() => complain(reference, disposition, description, { transactionId }));
      if (answer.ok) await write(deps, id, transactionId, answer.value);
      else if (answer.kind === 'refused') {
        await noteStatus(deps.knex, id, SENDING, '<refused>', true, deps.clock.now());
        throw new DomainError('PROVIDER_REJECTED', { detail: 'the provider takes no such complaint about this payment' });
      } else await unconfirmed(deps, id, transactionId);
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
      if (row === undefined) throw new DomainError('BBPS_COMPLAINT_NOT_FOUND');
      await askAbout(deps, row);
      return view((await readComplaints(deps.knex, paid.id, id))[0]!);
    },
    hint: (provider, reference) => bringComplaintForward(deps.knex, provider, reference, deps.clock.now()),
  };
}

type Complain = NonNullable<BillCalls['complain']>;

/** Throws unless a complaint may be raised about the payment now; the network's reference and the call otherwise. */
function complainable(deps: ComplaintDependencies, paid: PaidBill, now: Date): { reference: string; complain: Complain } {
  const notPossible = (detail: string): DomainError => new DomainError('BBPS_COMPLAINT_NOT_POSSIBLE', { detail });
  if (paid.state !== 'succeeded') throw notPossible('complaints are about payments with the status SUCCESS; what is pending is asked about by us, and what failed has been given back');
  const calls = deps.providers.has(paid.provider) ? deps.providers.get(paid.provider).bbps : undefined;
  const reference = paid.utr ?? paid.providerReference;
  if (calls?.complain === undefined || reference === null) throw notPossible('the provider of this payment takes no complaints here; write to support with the id of the payment');
  const from = addMs(paid.finishedAt!, deps.bbpsPolicies.coolOffMs(paid.category, now));
  if (now < from) {
    throw new DomainError('BBPS_COMPLAINT_TOO_EARLY', { detail: `billers of this category may take until then to show a payment: complaints are taken from ${from.toISOString()}`, retryAfterS: Math.ceil((from.getTime() - now.getTime()) / 1_000) });
  }
  return { reference, complain: (...about) => calls.complain!(...about) };
}

/** Asks the provider how an open complaint stands, if that is due. What it does not say leaves everything as it is. */
async function askAbout(deps: ComplaintDependencies, row: ComplaintRow): Promise<void> {
  const now = deps.clock.now();
  if (row.status === SENDING && now >= addMs(row.createdAt, SENDING_AT_MOST_MS)) return unconfirmed(deps, row.id, row.transactionId);
  if (row.providerReference === null || row.nextAskAt === null || row.nextAskAt > now || !deps.providers.has(row.provider)) return;
  const connector = deps.providers.get(row.provider);
  const calls = connector.bbps;
  if (calls?.complaint === undefined || !connector.available('bbps') || !await claimComplaint(deps.knex, row.id, now, deps.bbpsPolicies.timings().complaintAskGapMs, LEAST_GAP_MS)) return;
  const reference = row.providerReference;
  const answer = await asked(() => calls.complaint!(reference, { transactionId: row.transactionId }));
  if (answer.ok) await write(deps, row.id, row.transactionId, answer.value);
}

async function write(deps: ComplaintDependencies, id: string, transactionId: string, c: Complaint): Promise<void> {
  const now = deps.clock.now();
  const isWritten = await writeAnswer(deps.knex, deps.cipher, id, { ...c, status: c.status.slice(0, 60), assignedTo: c.assignedTo?.slice(0, 100) ?? null, dueOn: c.dueOn !== null && DATE.test(c.dueOn) ? c.dueOn : null }, CLOSED.has(c.status), now, addMs(now, LEAST_GAP_MS));
  if (isWritten && MONEY_BACK.has(c.status)) await bringInquiryForward(deps.knex, transactionId, deps.clock.now());
}

/** Nobody knows whether the provider has it. It is not sent again on a guess: two tickets about one matter are refused by the network. */
async function unconfirmed(deps: ComplaintDependencies, id: string, transactionId: string): Promise<void> {
  const now = deps.clock.now();
  if (!await noteStatus(deps.knex, id, SENDING, UNCONFIRMED, false, now)) return;
  await openCases(deps.knex, deps.ids, [transactionCase('complaint_unconfirmed', transactionId, 'the provider did not say whether it has the complaint: look it up there')], now);
}

function complaintView(row: ComplaintRow, { description, remarks }: { description: string; remarks: string | null }) {
  const [id, payment] = [publicId('complaint', row.id), publicId('transaction', row.transactionId)];
  return {
    id, object: 'complaint' as const, payment, disposition: row.disposition, npci_code: row.npciCode, type: row.ticketType, state: row.closedAt === null ? 'open' as const : 'closed' as const, status: row.status, dispute_id: row.disputeId,
    assigned_to: row.assignedTo, due_on: row.dueOn, description, remarks, created_at: row.createdAt.toISOString(), updated_at: row.updatedAt.toISOString(), closed_at: row.closedAt?.toISOString() ?? null,
    links: { self: `/v1/bbps/payments/${payment}/complaints/${id}` },
  };
}
