import type { Knex } from 'knex';
import { addMs, IST_OFFSET_MS } from '../../platform/clock';
import type { Notifier } from '../notifications/notifier';
import type { NotificationKind } from '../notifications/rules';
import { addressesOf, type PersonOfApp } from './people';

/** Told wherever the owner can be reached: whoever holds one of their addresses must not keep it from them. */
export async function tellEverywhere(
  trx: Knex.Transaction,
  notifier: Notifier,
  person: PersonOfApp,
  {
    kind,
    values,
    also = [],
  }: {
    kind: NotificationKind;
    values: Readonly<Record<string, string>>;
    /** Beside those of the person. */
    also?: ReturnType<typeof addressesOf>;
  },
): Promise<void> {
  for (const to of [...addressesOf(person), ...also])
    await notifier.tell(trx, { userId: person.id, kind, to, language: person.language, values });
}

/** `29-11-2026 10:05`, in India: read the same in each language. */
export function whenInIndia(at: Date): string {
  const text = addMs(at, IST_OFFSET_MS).toISOString();
  return `${text.slice(8, 10)}-${text.slice(5, 7)}-${text.slice(0, 4)} ${text.slice(11, 16)}`;
}

/** `29-11-2026` of `2026-11-29`: read the same in each language. */
export const dayInWords = (day: string): string => day.split('-').toReversed().join('-');
