import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { bool, bytea, insertNew, table, text, updateWhere, uuid } from '../../platform/sql';
import { isDigestOf, type FieldCipher, type KeyedDigest } from '../../platform/encryption';
import { DomainError } from '../errors/errors';
import { DMT_ERRORS } from './errors';
import { publicId, type Ids } from '../../platform/ids';
import {
  reconfirmOf,
  requireIfsc,
  requireRail,
  type BankRows,
  type Reconfirm,
  type Warned,
  type Warning,
} from '../banks/ifsc';
import { bankOfIfsc } from '../banks/list';
import { answered } from '../provider/desk';
import { type Desk } from './desk';
import type { NewRecipient, Recipient } from './port';
import type { Senders } from './senders';
import { recipientFingerprints, RECIPIENT_ACCOUNT, RECIPIENT_NAME } from './sealed';

/**
 * Recipients of a sender, as the provider lists them. Name and account number are sealed; we identify a
 * recipient by the provider's id and show a hint.
 */
export interface Recipients {
  /**
   * Reads the provider's list and stores it. Throws DomainError DMT_SENDER_NOT_FOUND and what `answered`
   * throws.
   */
  list(userId: UserId, senderId: string): Promise<RecipientView[]>;
  /**
   * Registers a recipient at the provider; if it already exists, the existing one is returned. Also throws
   * DomainError IFSC_ENDED, BANK_CLOSED, BANK_NOT_ON_RAIL.
   */
  add(userId: UserId, senderId: string, recipient: NewRecipient): Promise<RecipientView>;
  /**
   * The provider's id of a recipient of this sender. Throws DomainError DMT_RECIPIENT_NOT_FOUND, and
   * IFSC_ENDED, BANK_CLOSED, BANK_NOT_ON_RAIL of one that cannot be paid any more.
   */
  refOf(senderId: string, id: string): Promise<string>;
  /** What people see of the account of a recipient, its last digits. Throws DomainError DMT_RECIPIENT_NOT_FOUND. */
  hintOf(userId: UserId, id: string): Promise<string>;
}

export interface RecipientView {
  id: string;
  object: 'dmt_recipient';
  name: string;
  bank: string;
  ifsc: string;
  hint: string;
  is_verified: boolean;
  /** Why the account has to be asked for anew: the recipient cannot be paid there any more. */
  reconfirm: Reconfirm | null;
  /** With the answer to its registration only. */
  warnings?: Warning[];
}

export interface RecipientDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  digest: KeyedDigest;
  policies: BankRows;
  desk: Desk;
  senders: Senders;
}

type Kept = Pick<Recipient, 'ref' | 'name' | 'bank' | 'ifsc' | 'accountNumber' | 'isVerified'>;

/** The most entries that are read of a provider's list. */
const MOST_LISTED = 500;

export function createRecipients(deps: RecipientDependencies): Recipients {
  const { desk, senders } = deps;
  return {
    async list(userId, senderId) {
      const { mobile } = await senders.open(userId, senderId, { anyState: true });
      const found = await answered(desk.calls().recipients(mobile, desk.options({ who: userId })));
      return save(deps, senderId, [...new Map(found.map((r) => [r.ref, r])).values()].slice(0, MOST_LISTED));
    },
    async add(userId, senderId, recipient) {
      const { mobile } = await senders.open(userId, senderId, { anyState: true });
      const warned = requirePayable(deps, recipient.ifsc, '#/ifsc');
      const { ref } = await answered(
        desk.calls().addRecipient(mobile, recipient, desk.options({ who: userId })),
      );
      const [view] = await save(deps, senderId, [{ ...recipient, ref, bank: '', isVerified: false }]);
      return { ...view!, ...warned };
    },
    async refOf(senderId, id) {
      const [found] = await rows<{ ref: string; ifsc: string }>(
        deps.knex,
        'select provider_ref as ref, ifsc from dmt_recipients where id = ? and sender_id = ?',
        [id, senderId],
      );
      if (found === undefined)
        throw new DomainError(DMT_ERRORS.DMT_RECIPIENT_NOT_FOUND, {
          detail: 'the sender has no such recipient; list the recipients of the sender',
        });
      requirePayable(deps, found.ifsc, '#/recipient');
      return found.ref;
    },
    async hintOf(userId, id) {
      const [found] = await rows<{ hint: string }>(
        deps.knex,
        `select r.hint from dmt_recipients r join dmt_senders s on s.id = r.sender_id
         where r.id = ? and s.user_id = ?`,
        [id, userId],
      );
      if (found === undefined)
        throw new DomainError(DMT_ERRORS.DMT_RECIPIENT_NOT_FOUND, {
          detail: 'no sender of yours has such a recipient; list the recipients of the sender',
        });
      return found.hint;
    },
  };
}

/** Transfers go by IMPS. */
function requirePayable({ policies, clock }: RecipientDependencies, ifsc: string, pointer: string): Warned {
  const to = { ifsc, pointer, at: clock.now() };
  const warned = requireIfsc(policies, to);
  requireRail(policies, 'IMPS', to);
  return warned;
}

interface Row {
  id: string;
  ref: string;
  fingerprint: Buffer;
  bank: string;
  isVerified: boolean;
  reconfirm: Reconfirm | null;
}

/**
 * Stores the provider's list. An id stays the same even if the provider's record has changed. Returns views
 * in the given order.
 */
async function save(
  deps: RecipientDependencies,
  senderId: string,
  list: readonly Kept[],
): Promise<RecipientView[]> {
  if (list.length === 0) return [];
  const plain = list.map((r) => ({
    ...r,
    bank: plainText(r.bank) || (bankOfIfsc(r.ifsc) ?? ''),
    ...placeOf(deps, r),
  }));
  const saved = await deps.knex.transaction(async (trx) => {
    await insertMissing(trx, deps, senderId, plain);
    const found = await rows<Row>(
      trx,
      `
      select id, provider_ref as ref, fingerprint, bank, is_verified as "isVerified", reconfirm
      from dmt_recipients
      where sender_id = ? and provider_ref = any(?::text[]) order by id for no key update`,
      [senderId, plain.map((r) => r.ref)],
    );
    const byRef = new Map(found.map((row) => [row.ref, row]));
    for (const r of plain) {
      const row = byRef.get(r.ref)!;
      const bank = r.bank === '' ? row.bank : r.bank; // neither the provider's list nor the IFSC names it
      const isVerified = r.isVerified || row.isVerified;
      if (
        isDigestOf(row.fingerprint, recipientFingerprints(deps.digest, r)) &&
        row.bank === bank &&
        row.isVerified === isVerified &&
        row.reconfirm === r.reconfirm
      )
        continue;
      const changed = {
        ...sealedOf(deps, row.id, r),
        fingerprint: recipientFingerprints(deps.digest, r)[0],
        ifsc: r.ifsc,
        bank,
        hint: hintOf(r),
        is_verified: isVerified,
        reconfirm: r.reconfirm,
      };
      await updateWhere(trx, 'dmt_recipients', changed, { id: row.id });
      Object.assign(row, { bank, isVerified });
    }
    return byRef;
  });
  return plain.map((r): RecipientView => {
    const row = saved.get(r.ref)!;
    return {
      id: publicId('dmtRecipient', row.id),
      object: 'dmt_recipient',
      name: printable(r.name),
      bank: row.bank,
      ifsc: r.ifsc,
      hint: hintOf(r),
      is_verified: row.isVerified,
      reconfirm: r.reconfirm,
    };
  });
}

type PlacedRecipient = Kept & { reconfirm: Reconfirm | null };

function placeOf(
  { policies, clock }: RecipientDependencies,
  r: Kept,
): Pick<PlacedRecipient, 'ifsc' | 'reconfirm'> {
  const ifsc = plainText(r.ifsc).toUpperCase().slice(0, 11);
  return { ifsc, reconfirm: reconfirmOf(policies, ifsc, clock.now()) };
}

interface Sealed {
  name_sealed: string;
  account_sealed: string;
}

interface MadeRecipient extends PlacedRecipient {
  id: string;
  sealed: Sealed;
  fingerprint: Buffer;
}

const RECIPIENTS = table<MadeRecipient>('dmt_recipients', {
  id: uuid((r) => r.id),
  provider_ref: text((r) => r.ref),
  name_sealed: text((r) => r.sealed.name_sealed),
  account_sealed: text((r) => r.sealed.account_sealed),
  fingerprint: bytea((r) => r.fingerprint),
  ifsc: text((r) => r.ifsc),
  bank: text((r) => r.bank),
  hint: text((r) => hintOf(r)),
  is_verified: bool((r) => r.isVerified),
  reconfirm: text((r) => r.reconfirm),
});

async function insertMissing(
  trx: Knex.Transaction,
  deps: RecipientDependencies,
  senderId: string,
  list: readonly PlacedRecipient[],
): Promise<void> {
  // Sorted, so that two processes that store the same list cannot deadlock.
  const sorted = list.toSorted((a, b) => (a.ref < b.ref ? -1 : 1));
  const made = sorted.map((r): MadeRecipient => {
    const id = deps.ids.uuid();
    return {
      ...r,
      id,
      sealed: sealedOf(deps, id, r),
      fingerprint: recipientFingerprints(deps.digest, r)[0]!,
    };
  });
  await insertNew(trx, RECIPIENTS, made, {
    conflict: 'on constraint dmt_recipients_ref_unique',
    returning: 'id',
    shared: { sender_id: senderId, created_at: deps.clock.now() },
  });
}

function sealedOf(deps: RecipientDependencies, id: string, r: Kept): Sealed {
  return {
    name_sealed: deps.cipher.seal(r.name, RECIPIENT_NAME.place(id)),
    account_sealed: deps.cipher.seal(r.accountNumber, RECIPIENT_ACCOUNT.place(id)),
  };
}

function hintOf(r: Kept): string {
  return `…${plainText(r.accountNumber).slice(-4)}`;
}

/** A person's name keeps all that can be printed. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}]/gu, '').slice(0, 200);
}

/**
 * Reduces a provider's text to letters, digits and the punctuation of bank names, so that nothing in it can
 * break a table or a screen.
 */
function plainText(text: string): string {
  return text
    .replaceAll(/[^\p{L}\p{N} .,&()/-]/gu, '')
    .slice(0, 100)
    .trim();
}
