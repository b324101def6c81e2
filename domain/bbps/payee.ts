import type { Knex } from 'knex';
import { fieldError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import type { Catalogue } from './catalogue';
import { BBPS_ERRORS } from './errors';
import { readFetch } from './fetch-rows';
import { billerUnknown } from './fetches';

/** Whose bill is paid: one of a fetch, or that of a customer of a biller who has none to fetch. */
export type PaidBill =
  | { fetchId: string; billNumber: string | undefined }
  | { billerId: string; parameters: readonly { name: string; value: string }[] };

/** The payee in one form: the same text for the same bill, in whichever order its parameters come. */
export function payeeOfBill(bill: PaidBill): string {
  if ('fetchId' in bill) return JSON.stringify(['fetch', bill.fetchId, bill.billNumber ?? null]);
  const parameters = bill.parameters.map(({ name, value }) => [name, value]);
  return JSON.stringify(['biller', bill.billerId, parameters.toSorted(([a], [b]) => (a! < b! ? -1 : 1))]);
}

export interface BillerNames {
  /**
   * The name of whoever is paid. Throws DomainError BBPS_FETCH_UNKNOWN, BBPS_BILLER_UNKNOWN, PROVIDER_UNAVAILABLE.
   */
  of(userId: UserId, bill: PaidBill): Promise<string>;
}

export function createBillerNames({
  knex,
  catalogue,
}: {
  knex: Knex;
  catalogue: Pick<Catalogue, 'find' | 'ofProvider'>;
}): BillerNames {
  return {
    async of(userId, bill) {
      if (!('fetchId' in bill)) {
        const found = await catalogue.find(bill.billerId);
        if (found === undefined) throw billerUnknown('#/bill/biller');
        return found.biller.name;
      }
      const fetch = await readFetch(knex, userId, bill.fetchId);
      if (fetch === undefined)
        throw fieldError(
          BBPS_ERRORS.BBPS_FETCH_UNKNOWN,
          '#/bill/fetch',
          'take the id of a fetch of yours from POST /v1/bbps/fetches',
        );
      const biller = await catalogue.ofProvider(fetch.provider, fetch.billerId);
      if (biller === undefined) throw billerUnknown('#/bill/fetch');
      return biller.name;
    },
  };
}
