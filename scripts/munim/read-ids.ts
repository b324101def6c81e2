import { userId, type UserId } from '../../domain/ids/ids';
import { paiseFromRupees } from '../../platform/decimal';
import { ID_PREFIXES, parsePublicId, type IdKind } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { UsageError } from './command';

/** The UUID behind an id as it is shown. Throws UsageError. */
export function readId(kind: IdKind, text: string): string {
  const uuid = parsePublicId(kind, text);
  if (uuid === undefined)
    throw new UsageError(`${text} is no id of this kind: it begins with ${ID_PREFIXES[kind]}_`);
  return uuid;
}

export function readUser(text: string): UserId {
  return userId(readId('user', text));
}

/** `1500.00` is 1,500 rupees. Throws UsageError. */
export function readRupees(text: string): Paise {
  try {
    if (/^\d{1,13}\.\d{2}$/.test(text)) return paiseFromRupees(text);
  } catch {
    /* told below */
  }
  throw new UsageError('--rupees takes rupees with two decimals, such as 1500.00');
}
