import type { TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { firstUuidAt } from '../../platform/ids';
import { readPage, type Property, type Query } from '../../platform/model';
import type { Page, PageRequest } from '../../platform/page';
import { ApiCallModel } from './api-call.model';

/** One line of the API log as lists show it. */
export type ApiCall = Pick<ApiCallModel, Exclude<Property<ApiCallModel>, 'request' | 'response'>>;
/** With `request` and `response`, which are masked JSON. */
export type ApiCallDetails = Pick<ApiCallModel, Property<ApiCallModel>>;

export interface ApiCallFilter {
  provider?: string;
  operation?: string;
  transactionId?: TransactionId;
  ourReference?: string;
  result?: string;
  /** From this instant on, and before that one. */
  from?: Date;
  before?: Date;
}
export interface ApiCallReader {
  /** Newest first. The cursor is the id of the last line of the page before. */
  list(filter: ApiCallFilter, page: PageRequest): Promise<Page<ApiCall>>;
  get(id: string): Promise<ApiCallDetails | undefined>;
}

export function createApiCallReader({ knex }: { knex: Knex }): ApiCallReader {
  return {
    list: (filter, { limit, cursor }) =>
      readPage(filtered(ApiCallModel.query(knex), filter), {
        by: 'id',
        order: 'desc',
        limit,
        after: cursor,
        encode: (id) => id,
      }),
    get: async (id) =>
      ApiCallModel.query(knex)
        .findById(id)
        .select([...ApiCallModel.columnNames(), 'request', 'response']),
  };
}

function filtered(query: Query<ApiCallModel>, filter: ApiCallFilter): Query<ApiCallModel> {
  const { provider, operation, transactionId, ourReference, result, from, before } = filter;
  const equal = { provider, operation, transaction_id: transactionId, our_reference: ourReference, result };
  for (const [column, value] of Object.entries(equal)) if (value !== undefined) query.where(column, value);
  if (from !== undefined) query.where('id', '>=', firstUuidAt(from));
  if (before !== undefined) query.where('id', '<', firstUuidAt(before));
  return query;
}
