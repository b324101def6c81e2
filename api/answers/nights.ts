import Joi from 'joi';
import type { ListedHoliday } from '../../domain/calendar/listing';
import type { NightStepView, NightView } from '../../domain/night/read';
import type { SafeguardingDay } from '../../domain/safeguarding/read';
import type { SealHead } from '../../domain/seal/read';
import type { HeldAtEnd } from '../../domain/snapshots/read';
import { shownAccount } from '../../domain/reports/cells';
import { paiseToJson } from '../../platform/money';
import { answer, count, day, instant, is, list, paise, part, path, signedPaise, words } from './fields';

/** Nights and what came of them, for staff. */

const STATES = ['waiting', 'running', 'failed', 'done'] as const;
const MOST = Number.MAX_SAFE_INTEGER;
const HEX = /^[0-9a-f]+$/;

interface NightAnswer {
  object: 'night';
  day: string;
  state: NightView['state'];
  steps: number;
  steps_done: number;
  opened_at: string;
  ended_at: string | null;
  links: { self: string };
}
export const nights = list(
  answer<NightAnswer>('Night', 'What is done once for a business day, and how far it is', {
    object: is('night'),
    day: day(),
    state: is(...STATES),
    steps: count(10_000),
    steps_done: count(10_000),
    opened_at: instant(),
    ended_at: instant().allow(null),
    links: part<NightAnswer['links']>({ self: path('/admin/v1/nights/2026-11-28') }),
  }),
  'NightList',
);
export const nightOf = (night: NightView): NightAnswer => ({
  object: 'night',
  day: night.day,
  state: night.state,
  steps: night.steps,
  steps_done: night.done,
  opened_at: night.openedAt.toISOString(),
  ended_at: night.endedAt?.toISOString() ?? null,
  links: { self: `/admin/v1/nights/${night.day}` },
});

interface NightAskedAnswer {
  object: 'night_asked';
  day: string;
  links: { self: string };
}
export const nightAsked = answer<NightAskedAnswer>('NightAsked', 'A night that was asked for', {
  object: is('night_asked'),
  day: day(),
  links: part<NightAskedAnswer['links']>({ self: path('/admin/v1/nights/2026-11-28') }),
});
export const nightAskedOf = (of: string): NightAskedAnswer => ({
  ...{ object: 'night_asked', day: of, links: { self: `/admin/v1/nights/${of}` } },
});

interface NightStepAnswer {
  object: 'night_step';
  step: string;
  provider: string | null;
  state: string;
  rows_done: number;
  rows_total: number | null;
  tries: number;
  why: string | null;
  waits_for: string[];
  begun_at: string | null;
  ended_at: string | null;
  result: { name: string; value: string }[];
}
export const nightSteps = list(
  answer<NightStepAnswer>('NightStep', 'One step of a night', {
    object: is('night_step'),
    step: words(40).example('balances'),
    provider: words(40).allow(null),
    state: is(...STATES),
    rows_done: count(MOST),
    rows_total: count(MOST).allow(null).description('Null while it is not known'),
    tries: count(MOST),
    why: words(200).allow(null).description('What it waits for, or the code of its last error'),
    waits_for: Joi.array().items(words(40)).max(50).description('Steps that must be done before'),
    begun_at: instant().allow(null),
    ended_at: instant().allow(null),
    result: Joi.array()
      .items(part<NightStepAnswer['result'][number]>({ name: words(60), value: words(200) }))
      .max(100)
      .description('What it came to: counts, and sums in paise'),
  }),
  'NightStepList',
  1_000,
);
export const nightStepOf = (step: NightStepView): NightStepAnswer => ({
  object: 'night_step',
  step: step.kind,
  provider: step.provider,
  state: step.state,
  rows_done: Number(step.rowsDone),
  rows_total: step.rowsTotal === null ? null : Number(step.rowsTotal),
  tries: step.attempts,
  why: step.why,
  waits_for: step.dependsOn,
  begun_at: step.begunAt?.toISOString() ?? null,
  ended_at: step.endedAt?.toISOString() ?? null,
  result: Object.entries(step.result ?? {}).map(([name, value]) => ({ name, value: String(value) })),
});

interface DayBalanceAnswer {
  object: 'day_balance';
  account: string;
  type: string;
  balance: number;
  moved_on: string;
}
export const dayBalances = list(
  answer<DayBalanceAnswer>('DayBalance', 'What an account held at the end of a day', {
    object: is('day_balance'),
    account: words(120).example('float:razorpayx'),
    type: is('asset', 'liability', 'income', 'expense'),
    balance: signedPaise().description('Credits less debits; paise'),
    moved_on: day().description('The last day up to then on which it moved'),
  }),
  'DayBalanceList',
  100,
);
export const dayBalanceOf = (held: HeldAtEnd): DayBalanceAnswer => ({
  object: 'day_balance',
  account: shownAccount(held.code),
  type: held.type,
  balance: paiseToJson(held.balancePaise),
  moved_on: held.movedOn,
});

interface SafeguardingAnswer {
  object: 'safeguarding';
  day: string;
  owed: number;
  held: number;
  shortfall: number;
  lines: { side: 'owed' | 'held'; name: string; amount: number }[];
}
export const safeguarding = answer<SafeguardingAnswer>(
  'Safeguarding',
  'What users were owed at the end of a day, against what stood for it',
  {
    object: is('safeguarding'),
    day: day(),
    owed: paise(),
    held: signedPaise(),
    shortfall: paise(),
    lines: Joi.array()
      .items(
        part<SafeguardingAnswer['lines'][number]>({
          side: is('owed', 'held'),
          name: words(120).example('bank:escrow'),
          amount: signedPaise(),
        }),
      )
      .max(10_000),
  },
);
export const safeguardingOf = ({ owedPaise, heldPaise, ...of }: SafeguardingDay): SafeguardingAnswer => ({
  object: 'safeguarding',
  day: of.day,
  owed: paiseToJson(owedPaise),
  held: paiseToJson(heldPaise),
  shortfall: paiseToJson(of.shortfallPaise),
  lines: of.lines.map(({ side, name, paise: amount }) => ({
    side,
    name: shownAccount(name),
    amount: paiseToJson(amount),
  })),
});

interface SafeguardingDayAnswer {
  object: 'safeguarding_day';
  day: string;
  owed: number;
  held: number;
  shortfall: number;
  links: { self: string };
}
export const safeguardingDays = list(
  answer<SafeguardingDayAnswer>('SafeguardingDay', 'What users were owed at the end of a day, in all', {
    object: is('safeguarding_day'),
    day: day(),
    owed: paise(),
    held: signedPaise(),
    shortfall: paise(),
    links: part<SafeguardingDayAnswer['links']>({ self: path('/admin/v1/nights/2026-11-28/safeguarding') }),
  }),
  'SafeguardingDayList',
);
export const safeguardingDayOf = (of: Omit<SafeguardingDay, 'lines'>): SafeguardingDayAnswer => ({
  ...{ object: 'safeguarding_day', day: of.day, owed: paiseToJson(of.owedPaise) },
  ...{ held: paiseToJson(of.heldPaise), shortfall: paiseToJson(of.shortfallPaise) },
  links: { self: `/admin/v1/nights/${of.day}/safeguarding` },
});

interface SealHeadAnswer {
  object: 'seal_head';
  day: string;
  links: number;
  hash: string;
  signed_at: string;
  key_id: string;
  public_key: string;
  signature: string;
}
const hex = (bytes: number): Joi.StringSchema =>
  Joi.string()
    .max(2 * bytes)
    .pattern(HEX);
export const sealHeads = list(
  answer<SealHeadAnswer>('SealHead', 'A signed head of the seal of the ledger, to be kept elsewhere too', {
    object: is('seal_head'),
    day: day(),
    links: count(MOST).description('That the chain has up to it'),
    hash: hex(32),
    signed_at: instant(),
    key_id: words(32),
    public_key: hex(32),
    signature: hex(64),
  }),
  'SealHeadList',
);
export const sealHeadOf = (head: SealHead): SealHeadAnswer => ({
  object: 'seal_head',
  day: head.day,
  links: Number(head.seq),
  hash: head.hash.toString('hex'),
  signed_at: head.signedAt.toISOString(),
  key_id: head.keyId,
  public_key: head.publicKey.toString('hex'),
  signature: head.signature.toString('hex'),
});

interface HolidayAnswer {
  object: 'bank_holiday';
  office: string;
  day: string;
  name: string;
  is_holiday: boolean;
  known_from: string;
  certainty: string;
  source: string;
}
export const holidays = list(
  answer<HolidayAnswer>('BankHoliday', 'A row of the calendar of an office of the RBI', {
    object: is('bank_holiday'),
    office: words(40).example('Mumbai'),
    day: day(),
    name: words(400),
    is_holiday: Joi.boolean().description('False of one that was taken off the list'),
    known_from: day().description('Of the rows of a day the one that is known last counts'),
    certainty: is('S', 'S2', 'U'),
    source: words(400),
  }),
  'BankHolidayList',
  10_000,
);
export const holidayOf = (holiday: ListedHoliday): HolidayAnswer => ({
  object: 'bank_holiday',
  office: holiday.office,
  day: holiday.day,
  name: holiday.name,
  is_holiday: holiday.isHoliday,
  known_from: holiday.knownFrom,
  certainty: holiday.certainty,
  source: holiday.source,
});
