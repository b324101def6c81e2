/** Bills in a world without queue and HTTP: fetch, pay, send, settle. */
import { randomUUID } from 'node:crypto';
import type { Caller } from '../../domain/auth/api-keys';
import type { BillPaymentRequest } from '../../domain/bbps/payment';
import type { AppUser } from '../../domain/users/users';
import { DomainError } from '../../domain/errors/errors';
import { runJob } from './driver';
import { biller, COUNTER, CUSTOMER } from './scripted-bbps';
import type { DomainProcess } from './world';

export const callerFor = (user: AppUser): Caller => ({
  ...user,
  keyId: 'key',
  scopes: ['bbps:write'],
  role: 'retailer',
  services: ['bbps'],
});
export const REQUEST = { customer: CUSTOMER, counter: COUNTER };

export async function fetchBill(
  p: Pick<DomainProcess, 'bbps'>,
  user: AppUser,
  billerId = biller().id,
): Promise<string> {
  const { id, begun } = await p.bbps.fetches.start(callerFor(user), billerId, REQUEST);
  await begun;
  return id;
}

export function payBill(
  p: Pick<DomainProcess, 'bbps'>,
  user: AppUser,
  over: Partial<BillPaymentRequest> & Pick<BillPaymentRequest, 'what'>,
  key: string = randomUUID(),
): ReturnType<DomainProcess['bbps']['accept']['accept']> {
  return p.bbps.accept.accept(callerFor(user), key, {
    amountPaise: 287_000n,
    currency: 'INR',
    reference: `ref-${randomUUID().slice(0, 18)}`,
    paymentMode: 'Cash',
    force: true, // the worlds pay one bill again and again; the duplicate rule has tests of its own
    ...over,
  });
}

/** Fetches and pays a bill, and takes it to the provider. */
export async function paidBill(
  p: DomainProcess,
  user: AppUser,
  billerId = biller().id,
  over: Partial<BillPaymentRequest> = {},
): Promise<string> {
  const { id } = await payBill(p, user, { what: { fetchId: await fetchBill(p, user, billerId) }, ...over });
  for (const job of ['hold', 'send', 'settle'] as const) await runJob(p, job, [id]);
  return id;
}

/** Asks the provider about a payment, and posts what comes of it. */
export async function asked(p: DomainProcess, id: string): Promise<void> {
  await runJob(p, 'poll', [id]);
  await runJob(p, 'settle', [id]);
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}
