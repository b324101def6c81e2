import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { BANK_PROFILES, bankCsv, profileOfMapping } from './bank-csv';
import { CAMT_053 } from './camt053';
import { RECONCILIATION_ERRORS } from './errors';
import type { ReportFormat } from './format';
import { MT940 } from './mt940';

/** What is read: a report of payments, the movements of our account with a provider, or the statement of a bank. */
export interface Source {
  id: number;
  name: string;
  kind: 'report' | 'movements' | 'statement';
  provider: string | null;
  services: string[];
  bank: string | null;
  format: string;
  mapping: unknown;
  accountDigest: Buffer | null;
  /** It lists every payment of a day, failed ones too. */
  isComplete: boolean;
  /** The first day of which no file is awaited; null while files come. */
  retiredFrom: string | null;
}

export type Formats = Readonly<Record<string, ReportFormat>>;

/** Those of banks. Providers bring their own. */
export const BANK_FORMATS: Formats = {
  ...Object.fromEntries(Object.entries(BANK_PROFILES).map(([name, profile]) => [name, bankCsv(profile)])),
  mapped_csv: bankCsv(),
  camt053: CAMT_053,
  mt940: MT940,
};

const COLUMNS = `id, name, kind, provider, services, bank, format, mapping, account_digest as "accountDigest",
  is_complete as "isComplete", retired_from::text as "retiredFrom"`;

export function listSources(knex: Knex): Promise<Source[]> {
  return rows<Source>(knex, `select ${COLUMNS} from recon_sources order by name`);
}

/** Throws DomainError RECON_SOURCE_UNKNOWN. */
export async function readSource(db: Knex | Knex.Transaction, name: string): Promise<Source> {
  const [source] = await rows<Source>(db, `select ${COLUMNS} from recon_sources where name = ?`, [name]);
  if (source === undefined) throw new DomainError(RECONCILIATION_ERRORS.RECON_SOURCE_UNKNOWN);
  return source;
}

/** One at a time imports, matches and finds breaks of a source; the others wait. */
export async function lockSource(trx: Knex.Transaction, id: number): Promise<void> {
  await rows<{ id: number }>(trx, 'select id from recon_sources where id = ? for no key update', [id]);
}

export interface NewSource {
  name: string;
  bank: string;
  format: string;
  mapping?: unknown;
}

/** A bank's statement. Throws DomainError REQUEST_FIELD_INVALID. */
export async function addStatementSource(knex: Knex, formats: Formats, source: NewSource): Promise<void> {
  const { name, bank, format, mapping } = source;
  const invalid = (detail: string): DomainError => new DomainError('REQUEST_FIELD_INVALID', { detail });
  if (!/^[a-z0-9][a-z0-9_-]{1,39}$/.test(name) || !/^[a-z0-9][a-z0-9_-]{0,39}$/.test(bank))
    throw invalid('name and bank are small letters, digits, - and _');
  if (!Object.hasOwn(formats, format) || !Object.hasOwn(BANK_FORMATS, format))
    throw invalid(`the format is one of ${Object.keys(BANK_FORMATS).join(', ')}`);
  if (format === 'mapped_csv') checkMapping(mapping, invalid);
  const added = await rows<{ name: string }>(
    knex,
    `insert into recon_sources (name, kind, bank, format, mapping)
    values (:name, 'statement', :bank, :format, :mapping::jsonb) on conflict (name) do nothing returning name`,
    { name, bank, format, mapping: mapping === undefined ? null : JSON.stringify(mapping) },
  );
  if (added.length === 0) throw invalid('there is a source of this name');
}

function checkMapping(mapping: unknown, invalid: (detail: string) => DomainError): void {
  try {
    profileOfMapping(mapping);
  } catch (error) {
    throw invalid((error as Error).message);
  }
}
