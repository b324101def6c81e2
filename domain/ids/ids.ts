import { ID_PREFIXES } from '../../platform/ids';

declare const kind: unique symbol;

/** Ids that the compiler tells apart, from each other and from amounts. They cost nothing at run time. */
type Branded<Base, Name extends string> = Base & { readonly [kind]: Name };

/** Id of a ledger account. It is a number like an amount in paise, and stands beside one in every transfer. */
export type AccountId = Branded<bigint, 'AccountId'>;

/** Reads a plain number as the id of a ledger account. */
export const accountId = (id: bigint): AccountId => id as AccountId;

/** Id of a user, of an app or of the console; a UUID. */
export type UserId = Branded<string, 'UserId'>;

/** Reads a UUID as the id of a user. */
export const userId = (uuid: string): UserId => uuid as UserId;

/** Id of a transaction, a UUID. */
export type TransactionId = Branded<string, 'TransactionId'>;

/** Reads a UUID as the id of a transaction. */
export const transactionId = (uuid: string): TransactionId => uuid as TransactionId;

/** The references of payouts that are settlements begin so, and no caller's does. */
export const SETTLEMENT_REFERENCE = `${ID_PREFIXES.settlementItem}_`;

/** SQL: a payout with this reference pays what a user has earned to their bank account. */
export const isSettlementSql = (reference: string): string =>
  `starts_with(${reference}, '${SETTLEMENT_REFERENCE}')`;
