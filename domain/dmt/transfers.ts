import type { UserId, TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { DMT_ERRORS } from './errors';
import { publicId } from '../../platform/ids';
import { paiseFromJson, type Paise } from '../../platform/money';
import type { TransactionReader } from '../transactions/read';
import { transferView, type PartFacts, type TransferFacts, type TransferView } from './transfer';

/** Reads whole transfers: each part is a transaction, and the status of the whole follows from theirs. */
export interface TransferReader {
  /** Throws DomainError DMT_TRANSFER_NOT_FOUND, also for another user's transfer. */
  get(userId: UserId, id: string): Promise<TransferView>;
}

export function createTransferReader(deps: { knex: Knex; transactions: TransactionReader }): TransferReader {
  return {
    async get(userId, id) {
      const found = await rows<TransferFacts & { transactionId: TransactionId; chargeTaxPaise: Paise }>(
        deps.knex,
        `
        select r.id, r.reference, r.created_at as "createdAt", t.currency, t.id as "transactionId",
          d.sender_id as "senderId", d.recipient_id as "recipientId", d.charge_tax_paise as "chargeTaxPaise"
        from requests r join transactions t on t.id = r.id or (t.request_id = r.id and t.request_id <> t.id)
        join dmt_transfers d on d.transaction_id = t.id
        where r.id = ? and r.user_id = ? order by d.part_no`,
        [id, userId],
      );
      if (found.length === 0) throw new DomainError(DMT_ERRORS.DMT_TRANSFER_NOT_FOUND);
      const views = await deps.transactions.many(
        userId,
        found.map((part) => part.transactionId),
      );
      const parts = found.map(({ transactionId, chargeTaxPaise }): PartFacts => {
        const t = views.get(transactionId)!;
        return {
          id: transactionId,
          status: t.status,
          statusReason: t.status_reason,
          statusMessage: t.status_message,
          providerReason: t.provider_reason,
          nextAction: t.next_action,
          details: t.details,
          amountPaise: paiseFromJson(t.amount),
          chargePaise: paiseFromJson(t.charge),
          chargeTaxPaise,
          utr: t.utr,
          finishedAt: t.finished_at,
        };
      });
      return transferView(found[0]!, parts);
    },
  };
}

/** The path at which a transfer is shown. */
export function transferPath(id: string): string {
  return `/v1/dmt/transfers/${publicId('dmtTransfer', id)}`;
}
