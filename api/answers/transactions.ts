import Joi from 'joi';
import { RECONFIRM, type Warning } from '../../domain/banks/ifsc';
import { COLLECTION_KINDS, type CollectionKind } from '../../domain/collection/collection';
import { AEPS_KINDS, type AepsKind } from '../../domain/aeps/request';
import { PAYMENT_MODES } from '../../domain/bbps/remitter';
import { PUBLIC_STATUSES, STATES } from '../../domain/lifecycle/lifecycle';
import { PAYOUT_MODES } from '../../domain/payouts/payout';
import { SERVICES, type ServiceName } from '../../domain/provider/service-name';
import { CIRCLES, OPERATORS } from '../../domain/recharge/recharge';
import { NEXT_ACTION_NAMES, NEXT_ACTIONS, type NextAction } from '../../domain/transactions/next-action';
import type { EventView, TransactionView } from '../../domain/transactions/read';
import type { MaskedBeneficiary } from '../../domain/transactions/receipt';
import {
  answer,
  count,
  currency,
  hint,
  id,
  instant,
  is,
  list,
  paise,
  part,
  path,
  reason,
  reference,
  words,
  type Fields,
} from './fields';

/** What transactions answer: of each service with its own details. */
export const status = (): Joi.StringSchema =>
  is(...PUBLIC_STATUSES)
    .description('Only SUCCESS says that it was paid')
    .meta({ component: 'TransactionStatus' });

export const nextAction = answer<NextAction>('NextAction', 'Who has to do what, and until when', {
  who: is(...new Set(Object.values(NEXT_ACTIONS).map(({ who }) => who))),
  what: is(...NEXT_ACTION_NAMES),
  until: instant().allow(null),
});

/** Why it stands where it stands, and what is left to do. */
export const why = {
  status_reason: reason().allow(null),
  status_message: words(500).allow(null).description('The sentence of `status_reason`'),
  provider_reason: words(200).allow(null).description("The provider's own code, for support"),
  next_action: nextAction.allow(null),
};

export const links = part<TransactionView['links']>({
  self: path('/v1/transactions/txn_01jxvqexvqexvt0xvqexvqexvq'),
  events: path('/v1/transactions/txn_01jxvqexvqexvt0xvqexvqexvq/events'),
});

const fields: Omit<Fields<TransactionView>, 'service' | 'details'> = {
  id: id('transaction'),
  object: is('transaction'),
  status: status(),
  ...why,
  amount: paise(),
  currency: currency(),
  fee: paise(),
  tax: paise(),
  charge: paise().description(
    'Passed on whole to the provider on top of the amount, taxes included; whole paise',
  ),
  total: paise().description('What the wallet pays, 0 where it is paid; whole paise'),
  disputed: paise().description('What networks claim of it back, or have taken back; whole paise'),
  reference: reference(),
  utr: words(100).allow(null).description("The bank's own reference, once it is known"),
  next_check_at: instant().allow(null).description('Nothing is learnt before; null when it has ended'),
  expected_by: instant().allow(null),
  overdue: Joi.boolean().description('Not final past `expected_by`: people look at it'),
  created_at: instant(),
  updated_at: instant(),
  finished_at: instant().allow(null),
  links,
};

export const reconfirm = (): Joi.StringSchema =>
  is(...RECONFIRM)
    .allow(null)
    .description('Why the account has to be asked for anew; null when nothing speaks against it');
const beneficiary = answer<MaskedBeneficiary>('MaskedBeneficiary', 'Who is paid, masked', {
  kind: is('bank', 'vpa'),
  account: hint('…0000'),
  ifsc: words(11).allow(null).example('HDFC0000053'),
  bank: words(200).allow(null).example('HDFC Bank'),
  reconfirm: reconfirm(),
});

export const payoutDetails = part<{ mode: string; narration: string | null; beneficiary: MaskedBeneficiary }>(
  {
    mode: is(...PAYOUT_MODES),
    narration: words(30).allow(null),
    beneficiary,
  },
);
export const dmtDetails = part<{
  mode: string;
  part_no: number;
  charge_tax: number;
  new_otp_until: string | null;
  sender_mobile: string;
  beneficiary: MaskedBeneficiary;
}>({
  mode: is('IMPS'),
  part_no: count(100),
  charge_tax: paise(),
  new_otp_until: instant()
    .allow(null)
    .description('It waits until then for a new one-time password: POST /v1/dmt/parts/{id}/otp'),
  sender_mobile: hint('98XXXXXX10'),
  beneficiary,
});
export const bbpsDetails = part<{ mode: string; biller: { id: string; name: string; category: string } }>({
  mode: is(...PAYMENT_MODES),
  biller: part({ id: words(40), name: words(200), category: words(200) }),
});
export const rechargeDetails = part<{ mobile: string; operator: string; circle: string }>({
  mobile: hint('98XXXXXX10'),
  operator: is(...OPERATORS),
  circle: is(...CIRCLES),
});
export const aepsDetails = part<{ kind: AepsKind; bank: string; terminal: string }>({
  kind: is(...AEPS_KINDS),
  bank: words(12),
  terminal: words(40),
});

export const collectionDetails = part<{ kind: CollectionKind }>({ kind: is(...COLLECTION_KINDS) });

/** What a transaction of each service says of itself; nothing where that is not written down here. */
const DETAILS: Readonly<Partial<Record<ServiceName, Joi.ObjectSchema>>> = {
  payout: payoutDetails,
  dmt: dmtDetails,
  bbps: bbpsDetails,
  recharge: rechargeDetails,
  aeps: aepsDetails,
  collection: collectionDetails,
};

/** The fields of a transaction of one service. */
export const transactionFields = (service: ServiceName): Fields<TransactionView> => ({
  ...fields,
  service: is(service),
  details: (DETAILS[service] ?? Joi.object({})).allow(null),
});

export const transactionOf = (service: ServiceName): Joi.ObjectSchema<TransactionView> =>
  answer<TransactionView>(
    componentOf(service),
    `A transaction of the service ${service}`,
    transactionFields(service),
  );

/** `PayoutTransaction` */
function componentOf(service: ServiceName): string {
  return `${service.charAt(0).toUpperCase()}${service.slice(1)}Transaction`;
}

/** A transaction of any service, which `service` tells. */
export const transaction = Joi.alternatives()
  .try(...SERVICES.map(transactionOf))
  .description('A transaction; its details are those of its service')
  .meta({ component: 'Transaction', discriminator: 'service' });

export const transactionList = list(transaction, 'TransactionList');

export const event = answer<EventView>('Event', 'One move of a transaction', {
  object: is('event'),
  seq: count(10_000),
  from: is(...STATES).allow(null),
  to: is(...STATES),
  actor: words(60).example('settle'),
  reason: words(200).example('accepted'),
  at: instant(),
});
export const eventList = list(event, 'EventList', 10_000);

const warning = answer<Warning>('Warning', 'What a person should look at once more', {
  pointer: words(200).example('#/beneficiary/ifsc'),
  code: is('IFSC_BANK_UNKNOWN', 'IFSC_BRANCH_UNKNOWN'),
  detail: words(500),
});
export const warnings = Joi.array().items(warning).max(50);

interface AcceptedView {
  id: string;
  object: 'transaction';
  service: ServiceName;
  status: 'PENDING';
  amount: number;
  currency: string;
  fee: number;
  tax: number;
  charge?: number;
  reference: string;
  created_at: string;
  links: TransactionView['links'];
}

/** The answer to a request that was taken: the first one, byte for byte, also to a repeat. */
function acceptedOf<More extends object>(
  service: ServiceName,
  more: Fields<More>,
  sometimes: readonly (keyof More & string)[],
): Joi.ObjectSchema<AcceptedView & More> {
  const whole = {
    id: id('transaction'),
    object: is('transaction'),
    service: is(service),
    status: is('PENDING'),
    amount: paise(),
    currency: currency(),
    fee: paise(),
    tax: paise(),
    charge: paise(),
    reference: reference(),
    ...more,
    created_at: instant(),
    links,
  } as Fields<AcceptedView & More>;
  return answer<AcceptedView & More>(
    `Accepted${componentOf(service)}`,
    'What was taken, as it stood then; follow it at `links.self`',
    whole,
    ['charge', ...sometimes],
  );
}

export const acceptedPayout = acceptedOf<{ warnings?: Warning[] }>('payout', { warnings }, ['warnings']);
export const acceptedBill = acceptedOf<{
  biller: { id: string; name: string };
  payment_mode: string;
  fetch?: string;
}>(
  'bbps',
  {
    biller: part({ id: words(40), name: words(200) }),
    payment_mode: is(...PAYMENT_MODES),
    fetch: id('billFetch'),
  },
  ['fetch'],
);
export const acceptedRecharge = acceptedOf<{ recharge: object }>(
  'recharge',
  { recharge: rechargeDetails },
  [],
);
export const acceptedCollection = acceptedOf<{
  collection: { kind: CollectionKind; expires_at: string };
}>('collection', { collection: part({ kind: is(...COLLECTION_KINDS), expires_at: instant() }) }, []);
