import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { UserId } from '../ids/ids';
import type { MadeBy } from './beneficiaries';

/** A beneficiary of a user as staff see it. Nothing sealed is opened. */
export interface ListedBeneficiary {
  id: string;
  isArchived: boolean;
  madeBy: MadeBy;
  kind: 'bank' | 'vpa';
  /** The last four of the account, or the masked address. */
  hint: string;
  ifsc: string | null;
  /** The providers at which it is registered. */
  registered: string | null;
  createdAt: Date;
}

/** The newest first. */
export function listBeneficiaries(knex: Knex, user: UserId, limit: number): Promise<ListedBeneficiary[]> {
  return rows<ListedBeneficiary>(
    knex,
    `select b.id, b.archived_at is not null as "isArchived", b.made_by as "madeBy", b.kind, b.hint, b.ifsc,
      b.created_at as "createdAt",
      (select string_agg(p.provider, ', ' order by p.provider) from provider_beneficiaries p
        where p.beneficiary_id = b.id) as registered
    from beneficiaries b where b.user_id = :user order by b.created_at desc, b.id limit :limit`,
    { user, limit },
  );
}
