/** Raises disputes over successful payments and answers how they stand. */
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { answer } from '../product';
import { readObject } from '../request-fields';
import { ok, type BillpayDeps } from './answers';
import { billerOf } from './catalogue';
import { DISPUTE_TYPES, isOpenDispute, ticketTat } from './disputes';
import { disputeData } from './entities';
import { coolingOff, invalidRefId, transactionNotFound, validationError } from './errors';
import { readComplaint, readRefId } from './requests';

export function createComplaintRoutes(router: Router, deps: BillpayDeps): void {
  router.post('/bbps/bills/complaint/request', (ctx) => requestComplaint(deps, ctx));
  router.post('/bbps/bills/complaint/response', (ctx) => respondComplaint(deps, ctx));
}

async function requestComplaint({ book, lifecycle, settings }: BillpayDeps, ctx: Context): Promise<void> {
  const { transactionId, disputeType } = readComplaint(await readObject(ctx, validationError));
  const type = DISPUTE_TYPES.get(disputeType);
  if (type === undefined) throw validationError('disputeType is not one of the list');
  const payment = book.tables.payment.find('transactionId', transactionId);
  if (payment === undefined || payment.status !== 'Success') throw transactionNotFound();
  const mustWait = billerOf(payment.details.biller)?.coolsOff !== false;
  if (mustWait && book.nowMs() - payment.atMs < settings.coolOffMs) throw coolingOff();
  const inProgress = book.tables.dispute
    .rows()
    .some((d) => d.details.payment === payment.n && isOpenDispute(d.status));
  const details = {
    payment: payment.n,
    dispute_type: disputeType,
    disposition: type.code,
    ticket_tat: ticketTat(type.code, book.nowMs()),
    reason: inProgress ? 'One ticket already in progress' : 'SUCCESS',
  };
  const { row } = book.add('dispute', {
    details,
    status: inProgress ? 'FAILED' : 'ASSIGNED',
    scenario: null,
  });
  lifecycle.tell('dispute', row.n);
  await answer(book, ctx, ok({ refId: row.refId }));
  lifecycle.begin('dispute', row.n);
}

async function respondComplaint({ book }: BillpayDeps, ctx: Context): Promise<void> {
  const row = book.tables.dispute.find('refId', readRefId(await readObject(ctx, validationError)));
  if (row === undefined) throw invalidRefId();
  await answer(book, ctx, ok(disputeData(book, row)));
}
