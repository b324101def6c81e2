import type { Knex } from 'knex';
import { addMs, startOfBusinessDate } from '../../platform/clock';
import { rows } from '../../platform/database';
import { least, type Paise } from '../../platform/money';
import type { CalendarDays, CalendarRail } from '../calendar/days';
import type { WalletKind } from '../ledger/accounts';
import type { Price } from '../policies/policies';

/** A payout of ours, or a line of a file to our bank. */
export const PAYS_BY = ['payout', 'bank_file'] as const;
export type PaysBy = (typeof PAYS_BY)[number];

/** How wallets of a kind are settled: the row of `settlement_rules` in force on a day. */
export interface SettlementRule {
  walletKind: WalletKind;
  isOn: boolean;
  paysBy: PaysBy;
  /** Of a day in India, `17:00`, the earliest first. */
  cutoffs: readonly string[];
  rail: CalendarRail;
  office: string;
  minimumPaise: Paise;
  maximumPaise: Paise;
  /** Our account on which a bank file is drawn. */
  bank: string | null;
}

export async function rulesOn(db: Knex | Knex.Transaction, day: string): Promise<SettlementRule[]> {
  const found = await rows<SettlementRule>(
    db,
    `select distinct on (wallet_kind) wallet_kind as "walletKind", is_on as "isOn", pays_by as "paysBy",
      array(select to_char(c, 'HH24:MI') from unnest(cutoffs) c order by c) as cutoffs, rail, office,
      minimum_paise as "minimumPaise", maximum_paise as "maximumPaise", bank
    from settlement_rules where in_force_from <= ?::date order by wallet_kind, in_force_from desc`,
    [day],
  );
  return found.filter(({ isOn }) => isOn);
}

const MINUTE_MS = 60_000;

/** The cut-offs of a business day that have passed, the earliest first; none on a day on which the rail stands still. */
export function passedCutoffs(
  rule: Pick<SettlementRule, 'cutoffs' | 'rail' | 'office'>,
  { day, now, calendar }: { day: string; now: Date; calendar: Pick<CalendarDays, 'runsOn'> },
): Date[] {
  if (!calendar.runsOn({ rail: rule.rail, office: rule.office }, day)) return [];
  const begins = startOfBusinessDate(day);
  return rule.cutoffs
    .map((time) => {
      const [hours, minutes] = time.split(':').map(Number) as [number, number];
      return addMs(begins, (hours * 60 + minutes) * MINUTE_MS);
    })
    .filter((at) => at <= now);
}

export interface Share {
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
}

/**
 * What goes to the bank of so much in a wallet: fee and tax come out of it. The price is that of what is paid; where it
 * is another than that of what is there, a little stays for the next time. Undefined where it is below the minimum, or
 * would pay nothing.
 */
export function shareOf(
  availablePaise: Paise,
  rule: Pick<SettlementRule, 'minimumPaise' | 'maximumPaise'>,
  price: (amountPaise: Paise) => Pick<Price, 'feePaise' | 'taxPaise'>,
): Share | undefined {
  if (availablePaise < rule.minimumPaise) return undefined;
  // each round pays less: a slab below may cost more
  for (let amountPaise = least(availablePaise, rule.maximumPaise); amountPaise > 0n;) {
    const { feePaise, taxPaise } = price(amountPaise);
    const fits = availablePaise - feePaise - taxPaise;
    if (amountPaise <= fits) return { amountPaise, feePaise, taxPaise };
    amountPaise = fits;
  }
  return undefined;
}
