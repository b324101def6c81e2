import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { firstUuidAt } from '../../platform/ids';

/** One line of the API log, newest first in lists. `request` and `response` are masked JSON. */
export interface ApiCall {
  id: string;
  provider: string;
  operation: string;
  method: string;
  route: string;
  result: string;
  latencyMs: number;
  transactionId: string | null;
  ourReference: string | null;
  at: Date;
}
export interface ApiCallDetails extends ApiCall {
  request: unknown;
  response: unknown;
}

export interface ApiCallFilter {
  provider?: string;
  operation?: string;
  transactionId?: string;
  ourReference?: string;
  result?: string;
  /** From this instant on, and before that one. */
  from?: Date;
  before?: Date;
}
export interface ApiCallPage {
  data: ApiCall[];
  /** For the next page; null at the end. */ nextCursor: string | null;
}

export interface ApiCallReader {
  /** `cursor` is the id of the last line of the page before. */
  list(filter: ApiCallFilter, page: { limit: number; cursor?: string }): Promise<ApiCallPage>;
  get(id: string): Promise<ApiCallDetails | undefined>;
}

const COLUMNS =
  'id, provider, operation, method, route, result, latency_ms as "latencyMs", transaction_id as "transactionId", our_reference as "ourReference", at';

export function createApiCallReader(deps: { knex: Knex }): ApiCallReader {
  return {
    async list(filter, page) {
      const conditions: [string, unknown][] = [
        ['provider = ?', filter.provider],
        ['operation = ?', filter.operation],
        ['transaction_id = ?', filter.transactionId],
        ['our_reference = ?', filter.ourReference],
        ['result = ?', filter.result],
        ['id >= ?', filter.from && firstUuidAt(filter.from)],
        ['id < ?', filter.before && firstUuidAt(filter.before)],
        ['id < ?', page.cursor],
      ];
      const given = conditions.filter(([, value]) => value !== undefined);
      const found = await rows<ApiCall>(
        deps.knex,
        `select ${COLUMNS} from api_calls ${given.length === 0 ? '' : `where ${given.map(([sql]) => sql).join(' and ')}`} order by id desc limit ?`,
        [...given.map(([, value]) => value), page.limit + 1],
      );
      const data = found.slice(0, page.limit);
      return { data, nextCursor: found.length > page.limit ? data.at(-1)!.id : null };
    },
    async get(id) {
      const [found] = await rows<ApiCallDetails>(
        deps.knex,
        `select ${COLUMNS}, request, response from api_calls where id = ?`,
        [id],
      );
      return found;
    },
  };
}
