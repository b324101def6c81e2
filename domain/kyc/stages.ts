import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';

/** A step of KYC that moves its user along. */
export type KycStep = 'submitted' | 'approved' | 'returned';

/** What a step does to the user, in its database transaction; `domain/users` says what that is. */
export interface KycStages {
  after(trx: Knex.Transaction, step: KycStep, of: { userId: UserId; actor: UserId }): Promise<void>;
}
