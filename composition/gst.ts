import type { Knex } from 'knex';
import { createAllTaxDocuments, createTaxDocuments } from '../domain/gst/read';
import type { FieldCipher } from '../platform/encryption';

/** Tax invoices and credit notes, as users and as staff see them. The night makes them. */
export const createGst = (deps: { lists: Knex; cipher: FieldCipher }) => ({
  taxDocuments: createTaxDocuments(deps),
  allTaxDocuments: createAllTaxDocuments(deps),
});
