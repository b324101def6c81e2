import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { errorOfConstraint } from '../../platform/database';
import { parsePublicId, publicId, type Ids } from '../../platform/ids';
import { formatRupees, MAX_AMOUNT_PAISE, type Paise } from '../../platform/money';
import { insertOne } from '../../platform/sql';
import { textOf, type Person } from '../approvals/approvals';
import type { Access } from '../access/access';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import type { WalletKind } from '../ledger/accounts';
import {
  creditReport,
  isFrozen,
  lienDaysOn,
  listLiens,
  releaseEnded,
  walletOf,
  type CreditLineRow,
  type LienRow,
} from './control-rows';
import { CONTROL_ERRORS } from './errors';

/**
 * What staff hold back in a wallet. One person may hold back at once: a fraud does not wait for a second. What lets
 * money go again needs two (control-actions.ts); a lien also ends by its time, which nobody has to think of.
 */
export interface WalletControls {
  /** Nothing is taken from the wallet any more; money still comes in. Throws DomainError WALLET_FROZEN_ALREADY. */
  freeze(given: Wallet & { reason: string }, by: Person): Promise<void>;
  /**
   * A sum stays in the wallet, for the days of the rules. It may be more than there is: then what comes in stays.
   * Throws DomainError LIEN_REFERENCE_USED.
   */
  lien(
    given: Wallet & { amountPaise: Paise; reference: string; reason: string },
    by: Person,
  ): Promise<{ id: string; endsAt: Date }>;
  /** Those that stand. */
  liens(limit: number): Promise<LienRow[]>;
  /** Who may owe us something, and how much they do. */
  creditReport(): Promise<CreditLineRow[]>;
}

export interface Wallet {
  userId: UserId;
  kind: WalletKind;
}

export interface ControlDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  access: Access;
}

const DAY_MS = 86_400_000;
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9/_.-]{3,59}$/;

export function createWalletControls(deps: ControlDependencies): WalletControls {
  const { knex } = deps;
  return {
    freeze: (given, by) => freeze(deps, given, by),
    lien: (given, by) => placeLien(deps, given, by),
    liens: (limit) => listLiens(knex, limit),
    creditReport: () => creditReport(knex),
  };
}

async function freeze(
  { knex, clock, ids, access }: ControlDependencies,
  { userId, kind, reason }: Wallet & { reason: string },
  by: Person,
): Promise<void> {
  await access.require(by, 'wallets.hold');
  const why = textOf('reason', reason);
  const { walletId } = await walletOf(knex, userId, kind);
  const at = clock.now();
  if (await isFrozen(knex, walletId)) throw new DomainError(CONTROL_ERRORS.WALLET_FROZEN_ALREADY);
  await inTurn(knex, async (trx) => {
    const placed = { id: ids.uuid(), wallet_id: walletId, reason: why, placed_by: by.userId, placed_at: at };
    await insertOne(trx, 'wallet_freezes', placed);
    await note(trx, { at, by, action: 'wallet.freeze', walletId, detail: { reason: why } });
  });
}

async function placeLien(
  { knex, clock, ids, access }: ControlDependencies,
  { userId, kind, ...given }: Wallet & { amountPaise: Paise; reference: string; reason: string },
  by: Person,
): Promise<{ id: string; endsAt: Date }> {
  await access.require(by, 'wallets.hold');
  const { amountPaise, reference } = given;
  const why = textOf('reason', given.reason);
  requireAmount(amountPaise);
  if (!REFERENCE.test(reference))
    throw invalid(`the reference must have 4 to 60 letters, digits and / _ . -`);
  const { walletId } = await walletOf(knex, userId, kind);
  const at = clock.now();
  const endsAt = addMs(at, (await lienDaysOn(knex, businessDate(at))) * DAY_MS);
  const id = ids.uuid();
  await inTurn(knex, async (trx) => {
    await insertOne(trx, 'wallet_liens', {
      id,
      wallet_id: walletId,
      amount_paise: amountPaise,
      reference,
      reason: why,
      placed_by: by.userId,
      placed_at: at,
      ends_at: endsAt,
    });
    const detail = { lien: publicId('lien', id), amount: formatRupees(amountPaise), reference, reason: why };
    await note(trx, { at, by, action: 'lien.place', walletId, detail });
  });
  return { id, endsAt };
}

/** One round of the loop that ends liens: releases the next whose time is over. False where there is none. */
export async function releaseEndedLien({
  knex,
  clock,
}: Pick<ControlDependencies, 'knex' | 'clock'>): Promise<boolean> {
  return knex.transaction(async (trx) => {
    const at = clock.now();
    const id = await releaseEnded(trx, at);
    if (id === undefined) return false;
    const entry = {
      actor: 'liens',
      action: 'lien.end',
      subject: `lien:${id}`,
      outcome: 'succeeded',
    } as const;
    await recordAudit(trx, { at, ...entry });
    return true;
  });
}

/** What a constraint refuses is told as what it means. */
export async function inTurn<T>(knex: Knex, work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  try {
    return await knex.transaction(work);
  } catch (error) {
    throw refusalOf(error);
  }
}

/** Of a statement in a database transaction of somebody else's. */
export function refusalOf(error: unknown): unknown {
  return errorOfConstraint(error, {
    wallet_freezes_one_open: () => new DomainError(CONTROL_ERRORS.WALLET_FROZEN_ALREADY),
    wallet_liens_reference_unique: () => new DomainError(CONTROL_ERRORS.LIEN_REFERENCE_USED),
    ledger_accounts_floor: () => new DomainError(CONTROL_ERRORS.CREDIT_LINE_IN_USE),
  });
}

export function requireAmount(amountPaise: Paise): void {
  if (amountPaise <= 0n || amountPaise > MAX_AMOUNT_PAISE)
    throw invalid('the amount must be more than nothing and at most 1,000 crore');
}

export function invalid(detail: string): DomainError {
  return new DomainError('REQUEST_FIELD_INVALID', { detail });
}

/** The UUID of a lien as it is shown. Throws DomainError LIEN_NOT_FOUND. */
export function lienIdOf(shown: string): string {
  const id = parsePublicId('lien', shown);
  if (id === undefined) throw new DomainError(CONTROL_ERRORS.LIEN_NOT_FOUND);
  return id;
}

async function note(
  trx: Knex.Transaction,
  entry: { at: Date; by: Person; action: string; walletId: string; detail: Record<string, string> },
): Promise<void> {
  const { at, by, action, walletId, detail } = entry;
  await recordAudit(trx, {
    at,
    actor: by.userId,
    action,
    subject: `wallet:${walletId}`,
    outcome: 'succeeded',
    detail,
  });
}
