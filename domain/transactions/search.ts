import { bankUtr } from '../india/utr';

/**
 * The UTRs or RRNs that a person may mean: as it is typed, without blanks and in either case, and in the one form of UTRs.
 * Empty for a text without any character.
 */
export function utrForms(typed: string): string[] {
  const bare = withoutBlanks(typed);
  if (bare === '') return [];
  const kept = bankUtr(bare);
  return [...new Set([...inEitherCase(bare), ...(kept === undefined ? [] : [kept])])];
}

/** As it is, in large and in small letters. */
export function inEitherCase(text: string): string[] {
  return [...new Set([text, text.toUpperCase(), text.toLowerCase()])];
}

/** Blanks come in where an id was copied from a page or a message; no id of ours or of a provider has any. */
export function withoutBlanks(typed: string): string {
  return typed.replaceAll(/[\s\u200B-\u200D\u2060\uFEFF]+/gu, '');
}

/**
 * SQL that gives the ids of the transactions of which a provider has this id. It stands on the attempt that the
 * provider acknowledged, and else on the outcome that told of it.
 */
export function ofProviderReference(value: string): string {
  return `
  select a.transaction_id from (select distinct provider from provider_policies) p
    join dispatch_attempts a on a.provider = p.provider and a.provider_reference = ${value}
  union
  select o.transaction_id from transaction_outcomes o where o.provider_reference = ${value}`;
}

/**
 * SQL that gives the ids of the transactions that show one of these UTRs. What a transaction shows was told by one of its
 * outcomes; those are written once, and so is their index.
 */
export function ofUtr(values: string): string {
  return `
  select t.id from (select distinct transaction_id from transaction_outcomes where utr = any(${values}::text[])) o
    join transactions t on t.id = o.transaction_id and t.utr = any(${values}::text[])`;
}
