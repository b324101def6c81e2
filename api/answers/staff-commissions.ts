import Joi from 'joi';
import type { AccrualRow, DueRow, DueState, PayoutRow, RuleVersion } from '../../domain/commissions/desk';
import { COMMISSION_MODES } from '../../domain/commissions/modes';
import type { PreviewOfAll } from '../../domain/commissions/read';
import type { SchemeRow } from '../../domain/commissions/rule-rows';
import { SERVICES } from '../../domain/provider/service-name';
import { USER_TYPES, type UserType } from '../../domain/users/types';
import { publicId } from '../../platform/ids';
import { paiseToJson } from '../../platform/money';
import { answer, count, day, id, instant, is, list, paise, part, path, signedPaise, words } from './fields';

/** Commission schemes with their rules, and what everybody earned, for staff. */

const MOST = Number.MAX_SAFE_INTEGER;
const MOST_BPS = 10_000;
const MOST_SLABS = 60;

interface SchemeAnswer {
  object: 'commission_scheme';
  scheme: string;
  scope: SchemeRow['scope'];
  user: string | null;
  links: { self: string; rules: string };
}
export const scheme = answer<SchemeAnswer>('CommissionScheme', 'A commission scheme, and for whom it is', {
  object: is('commission_scheme'),
  scheme: words(40).example('gold'),
  scope: is('all', 'plan', 'network', 'user'),
  user: id('user').allow(null).description('Whose network, or who'),
  links: part<SchemeAnswer['links']>({
    self: path('/admin/v1/commissions/schemes/gold'),
    rules: path('/admin/v1/commissions/schemes/gold/rules'),
  }),
});
export const schemes = list(scheme, 'CommissionSchemeList');
export function schemeOf({ name, scope, userId }: SchemeRow): SchemeAnswer {
  const self = `/admin/v1/commissions/schemes/${name}`;
  return {
    ...{ object: 'commission_scheme', scheme: name, scope },
    user: userId === null ? null : publicId('user', userId),
    links: { self, rules: `${self}/rules` },
  };
}

interface RuleAnswer {
  object: 'commission_rule';
  service: string;
  category: string | null;
  operator: string | null;
  version: number;
  from: string;
  ends: boolean;
  slabs: {
    from: number;
    to: number;
    basis: 'amount' | 'commission';
    shares: { level: UserType; flat: number; bps: number; cap: number | null }[];
  }[];
  approval: string;
  made_at: string;
}
type SlabAnswer = RuleAnswer['slabs'][number];
export const rules = list(
  answer<RuleAnswer>('CommissionRule', 'A version of the rule of a place in a scheme', {
    object: is('commission_rule'),
    service: is(...SERVICES),
    category: words(60).allow(null).description('Of billers; a mode; a kind of withdrawal'),
    operator: words(60).allow(null).description('A biller or an operator'),
    version: count(MOST),
    from: day().description('From this day on'),
    ends: Joi.boolean().description('From that day the place has no rule'),
    slabs: Joi.array()
      .items(
        part<SlabAnswer>({
          from: paise().example(100),
          to: paise().example(500_000),
          basis: is('amount', 'commission'),
          shares: Joi.array()
            .items(
              part<SlabAnswer['shares'][number]>({
                level: is(...USER_TYPES),
                flat: paise().example(200),
                bps: count(MOST_BPS),
                cap: paise().allow(null).example(1_300),
              }),
            )
            .max(USER_TYPES.length),
        }),
      )
      .max(MOST_SLABS),
    approval: id('approval'),
    made_at: instant(),
  }),
  'CommissionRuleList',
);
const money = (text: string): number => paiseToJson(BigInt(text));
export const ruleOf = (rule: RuleVersion): RuleAnswer => ({
  ...{ object: 'commission_rule', service: rule.service, category: rule.category, operator: rule.operator },
  ...{ version: rule.version, from: rule.inForceFrom, ends: rule.ends },
  slabs: rule.slabs.map(({ from, to, basis, shares }) => ({
    ...{ from: money(from), to: money(to), basis },
    shares: shares.map(({ level, flat, bps, cap }) => ({
      ...{ level, flat: money(flat), bps, cap: cap === null ? null : money(cap) },
    })),
  })),
  ...{ approval: publicId('approval', rule.approvalId), made_at: rule.createdAt.toISOString() },
});

interface PreviewAnswer {
  object: 'commission_preview';
  scheme: string | null;
  shares: { user: string; level: string; commission: number }[];
  pool: number;
  margin: number;
  paid: string | null;
  tds_bps: number;
}
export const previewOfAll = answer<PreviewAnswer>(
  'CommissionPreviewOfAll',
  'What a transaction would earn: for the user, for everybody above, and what is left for us',
  {
    object: is('commission_preview'),
    scheme: words(40).allow(null).description('Null where no rule is for it'),
    shares: Joi.array()
      .items(
        part<PreviewAnswer['shares'][number]>({
          user: id('user'),
          level: is(...USER_TYPES),
          commission: paise().example(800),
        }),
      )
      .max(USER_TYPES.length),
    pool: signedPaise().description('The least that a provider pays us for it; paise').example(1_000),
    margin: signedPaise().description('What is left for us; paise').example(200),
    paid: is(...COMMISSION_MODES)
      .allow(null)
      .description('When it is paid'),
    tds_bps: count(MOST_BPS).description('The rate of tax for whoever has a PAN'),
  },
);
export const previewOfAllOf = (found: PreviewOfAll): PreviewAnswer => ({
  ...{ object: 'commission_preview', scheme: found.scheme, paid: found.mode, tds_bps: found.tdsBps },
  shares: found.shares.map(({ user, level, grossPaise }) => ({
    ...{ user, level, commission: paiseToJson(grossPaise) },
  })),
  ...{ pool: paiseToJson(found.poolPaise), margin: paiseToJson(found.marginPaise) },
});

interface DueAnswer {
  object: 'commission_due';
  user: string;
  level: string;
  mode: string;
  payable_from: string;
  state: DueState;
  commission: number;
  paid: number;
}
export const dues = list(
  answer<DueAnswer>('CommissionDue', 'What a user is paid from a day on, and how much of it is paid', {
    object: is('commission_due'),
    user: id('user'),
    level: is(...USER_TYPES),
    mode: is(...COMMISSION_MODES),
    payable_from: day(),
    state: is('open', 'paid'),
    commission: signedPaise().example(800),
    paid: signedPaise().example(800),
  }),
  'CommissionDueList',
);
export const dueOf = (due: DueRow): DueAnswer => ({
  ...{ object: 'commission_due', user: publicId('user', due.userId), level: due.level, mode: due.mode },
  ...{ payable_from: due.payableFrom, state: due.grossPaise === due.paidPaise ? 'paid' : 'open' },
  ...{ commission: paiseToJson(due.grossPaise), paid: paiseToJson(due.paidPaise) },
});

interface AccrualAnswer {
  object: 'commission_accrual';
  transaction: string;
  turn: number;
  user: string;
  level: string;
  mode: string;
  day: string;
  payable_from: string;
  commission: number;
  state: DueState;
}
export const accruals = list(
  answer<AccrualAnswer>('CommissionAccrual', 'What a user earned by a transaction, or what was taken back', {
    object: is('commission_accrual'),
    transaction: id('transaction'),
    turn: count(MOST).description('Odd: earned. Even: taken back'),
    user: id('user'),
    level: is(...USER_TYPES),
    mode: is(...COMMISSION_MODES),
    day: day(),
    payable_from: day(),
    commission: signedPaise().example(800),
    state: is('open', 'paid').description('Of all that is payable to the user with it'),
  }),
  'CommissionAccrualList',
);
export const accrualOf = (row: AccrualRow): AccrualAnswer => ({
  ...{
    object: 'commission_accrual',
    transaction: publicId('transaction', row.transactionId),
    turn: row.turn,
  },
  ...{ user: publicId('user', row.userId), level: row.level, mode: row.mode, day: row.day },
  ...{ payable_from: row.payableFrom, commission: paiseToJson(row.grossPaise), state: row.state },
});

interface PayoutAnswer {
  object: 'commission_payout';
  journal: string;
  user: string;
  level: string;
  mode: string;
  day: string;
  commission: number;
  tds: number;
  net: number;
  wallet: number;
  main: number;
  owed: number;
  reverses: string | null;
  section: string;
  rate_bps: number;
}
export const payouts = list(
  answer<PayoutAnswer>('CommissionPayoutOfUser', 'What was paid into a commission wallet, or taken from it', {
    object: is('commission_payout'),
    journal: words(36).example('01977777-7777-7777-8777-777777777777'),
    user: id('user'),
    level: is(...USER_TYPES),
    mode: is(...COMMISSION_MODES),
    day: day(),
    commission: signedPaise().example(800),
    tds: signedPaise().example(16),
    net: signedPaise().example(784),
    wallet: signedPaise().description('What the wallet got; below zero: what it gave').example(784),
    main: signedPaise()
      .description('Below zero: what the main wallet gave, since the commission wallet was short')
      .example(0),
    owed: signedPaise().description('What the user owes us more after it').example(0),
    reverses: words(36)
      .description('The journal of the payout of which this gives something back')
      .allow(null)
      .example('01977777-7777-7777-8777-777777777776'),
    section: words(40).example('393(1)-1(ii)'),
    rate_bps: count(MOST_BPS),
  }),
  'CommissionPayoutOfUserList',
);
export const payoutOf = (row: PayoutRow): PayoutAnswer => ({
  ...{ object: 'commission_payout', journal: row.id, user: publicId('user', row.userId) },
  ...{ level: row.level, mode: row.mode, day: row.day, commission: paiseToJson(row.grossPaise) },
  ...{ tds: paiseToJson(row.tdsPaise), net: paiseToJson(row.netPaise), wallet: paiseToJson(row.walletPaise) },
  ...{ main: paiseToJson(row.mainPaise), owed: paiseToJson(row.receivablePaise), reverses: row.ofPayout },
  ...{ section: row.section, rate_bps: row.bps },
});
