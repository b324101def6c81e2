import { Gauge, type Registry } from 'prom-client';

/** The nights, and what they have found; the nightly process looks. */
export interface NightMetrics {
  nightUndone: Gauge<never>;
  nightFailed: Gauge<never>;
  nightDoneUntil: Gauge<never>;
  nightWaiting: Gauge<'step' | 'provider'>;
  nightMeasuredAt: Gauge<never>;
  sealUnsigned: Gauge<never>;
  breaksOpen: Gauge<'source' | 'kind' | 'age'>;
  breaksOldest: Gauge<'source'>;
  breaksSuspense: Gauge<'source'>;
  suspenseOldest: Gauge<'source'>;
  safeguardingShortfall: Gauge<never>;
  holidaysLeft: Gauge<never>;
}

export function nightMetrics(registers: Registry[]): NightMetrics {
  return {
    nightUndone: new Gauge({
      name: 'munim_night_undone_steps',
      help: 'Steps of nights that are not done',
      registers,
    }),
    nightFailed: new Gauge({
      name: 'munim_night_failed_steps',
      help: 'Steps of nights whose last try failed; they are tried again',
      registers,
    }),
    nightDoneUntil: new Gauge({
      name: 'munim_night_done_until_timestamp_seconds',
      help: 'The end of the last business day that is done, with all days before it',
      registers,
    }),
    nightWaiting: new Gauge({
      name: 'munim_night_waiting_seconds',
      help: 'For how long after the end of its day a step waits for what comes from outside, such as a report',
      labelNames: ['step', 'provider'],
      registers,
    }),
    nightMeasuredAt: new Gauge({
      name: 'munim_night_measured_timestamp_seconds',
      help: 'When the nights were looked at last',
      registers,
    }),
    sealUnsigned: new Gauge({
      name: 'munim_seal_unsigned_days',
      help: 'Sealed days of the ledger that no signed head covers',
      registers,
    }),
    breaksOpen: new Gauge({
      name: 'munim_breaks_open',
      help: 'Breaks of reconciliation that are open, by age',
      labelNames: ['source', 'kind', 'age'],
      registers,
    }),
    breaksOldest: new Gauge({
      name: 'munim_breaks_oldest_seconds',
      help: 'Age of the oldest open break',
      labelNames: ['source'],
      registers,
    }),
    breaksSuspense: new Gauge({
      name: 'munim_breaks_suspense_paise',
      help: 'What stands in suspense for open breaks, to us and from us together',
      labelNames: ['source'],
      registers,
    }),
    suspenseOldest: new Gauge({
      name: 'munim_breaks_suspense_oldest_seconds',
      help: 'For how long money has stood in suspense',
      labelNames: ['source'],
      registers,
    }),
    safeguardingShortfall: new Gauge({
      name: 'munim_safeguarding_shortfall_paise',
      help: 'What was missing at the end of the last business day of what users are owed',
      registers,
    }),
    holidaysLeft: new Gauge({
      name: 'munim_bank_holidays_days_left',
      help: 'Days until the year begins whose bank holidays are not loaded',
      registers,
    }),
  };
}
