import { createNumberColumn, words } from '../book/columns';
import type { LinePlace, LogFile } from '../book/log-file';
import { createLookup } from '../book/lookup';
import { createRowStore } from '../book/row-store';
import type { ActivityEntry, ContactEntry, FundAccountEntry } from './entries';

const ROWS_IN_MEMORY = 2_048;

/**
 * Contacts and fund accounts. As at RazorpayX, creating one with the same details returns the existing row.
 */
export interface Parties {
  readonly contactCount: number;
  readonly fundAccountCount: number;
  addContact(entry: ContactEntry, place: LinePlace): void;
  addFundAccount(entry: FundAccountEntry, place: LinePlace): void;
  setActivity(entry: ActivityEntry): void;
  isActive(of: ActivityEntry['of'], slot: number): boolean;
  contact(slot: number): Promise<ContactEntry>;
  fundAccount(slot: number): Promise<FundAccountEntry>;
  /**
   * The slot of the row with the same details, or NONE, or UNREAD until `load…` was awaited (see lookup.ts).
   */
  sameContact(details: ContactDetails): number;
  sameFundAccount(details: FundAccountDetails): number;
  loadContact(details: ContactDetails): Promise<void>;
  loadFundAccount(details: FundAccountDetails): Promise<void>;
  /** Kept in memory: the type, the contact, and the last four characters, which choose the scenario. */
  fundAccountType(slot: number): FundAccountEntry['account']['type'];
  fundAccountEnding(slot: number): string;
  fundAccountContact(slot: number): number;
}

export type ContactDetails = Omit<ContactEntry, 't' | 'n' | 'at'>;
export type FundAccountDetails = Pick<FundAccountEntry, 'contact' | 'account'>;

export function createParties(log: () => LogFile): Parties {
  const contacts = createRowStore<ContactEntry>(log, ROWS_IN_MEMORY);
  const fundAccounts = createRowStore<FundAccountEntry>(log, ROWS_IN_MEMORY);
  const contactIndex = createLookup(contacts, contactIdentity);
  const fundAccountIndex = createLookup(fundAccounts, fundAccountIdentity);
  const endings = createNumberColumn(words); // four ASCII characters
  const vpas = createNumberColumn((n) => new Uint8Array(n));
  const contactOf = createNumberColumn(words);
  const inactive = { contact: new Set<number>(), fund_account: new Set<number>() };

  return {
    get contactCount() {
      return contacts.count;
    },
    get fundAccountCount() {
      return fundAccounts.count;
    },
    addContact(entry, place) {
      contactIndex.add(contactIdentity(entry), contacts.add(entry, place));
    },
    addFundAccount(entry, place) {
      const slot = fundAccounts.add(entry, place);
      fundAccountIndex.add(fundAccountIdentity(entry), slot);
      endings.set(slot, packEnding(entry.account));
      contactOf.set(slot, entry.contact);
      vpas.set(slot, entry.account.type === 'vpa' ? 1 : 0);
    },
    setActivity({ of, n, active }) {
      if (active) inactive[of].delete(n);
      else inactive[of].add(n);
    },
    isActive: (of, slot) => !inactive[of].has(slot),
    contact: (slot) => contacts.get(slot),
    fundAccount: (slot) => fundAccounts.get(slot),
    sameContact: (details) => contactIndex.find(contactIdentity(details)),
    sameFundAccount: (details) => fundAccountIndex.find(fundAccountIdentity(details)),
    loadContact: (details) => contactIndex.load(contactIdentity(details)),
    loadFundAccount: (details) => fundAccountIndex.load(fundAccountIdentity(details)),
    fundAccountType: (slot) => (vpas.get(slot) === 1 ? 'vpa' : 'bank_account'),
    fundAccountEnding: (slot) => unpackEnding(endings.get(slot)),
    fundAccountContact: (slot) => contactOf.get(slot),
  };
}

function contactIdentity(c: ContactDetails): string {
  return JSON.stringify([c.name, c.email, c.contact, c.type, c.reference_id]);
}

function fundAccountIdentity({ contact, account }: FundAccountDetails): string {
  return JSON.stringify(
    account.type === 'vpa'
      ? [contact, account.address]
      : [contact, account.name, account.ifsc, account.account_number],
  );
}

function packEnding(account: FundAccountEntry['account']): number {
  const text =
    account.type === 'vpa' ? account.address.slice(0, account.address.indexOf('@')) : account.account_number;
  let packed = 0;
  for (const char of text.slice(-4)) packed = (packed << 8) | char.charCodeAt(0);
  return packed >>> 0;
}

function unpackEnding(packed: number): string {
  let text = '';
  for (let rest = packed; rest !== 0; rest >>>= 8) text = String.fromCharCode(rest & 0xff) + text;
  return text;
}
