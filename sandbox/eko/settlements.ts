/** Pays the AEPS balance of an agent to a bank account: three accounts at most, ₹2,00,000 per settlement. */
import { rupeesFromPaise } from '../../platform/decimal';
import { failed, insufficientBalance, invalidParam, NO_ANSWER, ok, type Reply } from './answers';
import { shortRupees } from './amounts';
import { awaited, bookByScenario, declined, requireNewReference, type Attempt } from './attempts';
import { bankOfIfsc } from './banks';
import { settlementCharges } from './fees';
import { ACCOUNT, CLIENT_REF, IFSC } from './fields';
import { turnoverOf } from './money-state';
import type { EkoDeps, EkoRequest } from './requests';

const FIRST_RECIPIENT = 1_800;
const MAX_ACCOUNTS = 3;
const MAX_AMOUNT_PAISE = 20_000_000n;
const SERVICE_CODE = '39';
const MODES = /^(4|5|13)$/; // NEFT, IMPS, RTGS

/**
 * POST …/settlement/account: 1336 added. An account ending in 1335 belongs to another person; for one ending
 * in 1334 the bank returns no name.
 */
export function addSettlementAccount({ book }: EkoDeps, { fields, userCode }: EkoRequest): Reply {
  const agent = book.parties.agents.get(userCode ?? '')!;
  fields.integer('bank_id', 100_000);
  const ifsc = fields.text('ifsc', IFSC);
  if (fields.text('service_code', /^\d{1,4}$/) !== SERVICE_CODE) throw invalidParam('service_code');
  const account = fields.text('account', ACCOUNT);
  if (account.endsWith('1335'))
    throw failed(1335, 'Account verification fail, Name not matched', {
      sender_name: agent.shop,
      recipient_name: 'Another Holder',
    });
  if (account.endsWith('1334')) throw failed(1334, 'Account verification fail name not returned by bank');
  const known = agent.accounts.find((a) => a.account === account && a.ifsc === ifsc);
  if (known === undefined && agent.accounts.length >= MAX_ACCOUNTS)
    throw invalidParam('account', 'At most 3 settlement accounts');
  const { n } = known ?? book.addSettlementAccount({ user: agent.user, account, ifsc, name: agent.shop });
  return ok(1336, 'Account added', { recipient_id: FIRST_RECIPIENT + n });
}

/** GET …/settlement/accounts: 1321, with the balance and the limit per settlement. */
export function listSettlementAccounts({ book }: EkoDeps, { userCode }: EkoRequest): Reply {
  const agent = book.parties.agents.get(userCode ?? '')!;
  const owedPaise = book.money.aepsPaise(agent.user);
  return ok(
    1321,
    'List of fund transfer recipients',
    {
      unsettled_fund: shortRupees(owedPaise),
      remaining_limit: String(MAX_AMOUNT_PAISE / 100n),
      fund_transfer_list: agent.accounts.map((a) => ({
        name: a.name,
        ifsc: a.ifsc,
        account: a.account,
        recipient_id: String(FIRST_RECIPIENT + a.n),
      })),
    },
    -1,
  );
}

/** POST …/settlement: 1477. Amount and fee are debited immediately and credited back on failure. */
export async function settle(deps: EkoDeps, { fields, userCode }: EkoRequest): Promise<Reply> {
  const { book } = deps;
  const agent = book.parties.agents.get(userCode ?? '')!;
  const ref = fields.optional('client_ref_id', CLIENT_REF);
  const amountPaise = fields.amountPaise('amount');
  if (amountPaise > MAX_AMOUNT_PAISE) throw invalidParam('amount', 'Amount should be at most 200000');
  const id = fields.integer('recipient_id', 4_294_967_295);
  const recipient = agent.accounts.find((a) => FIRST_RECIPIENT + a.n === id);
  if (recipient === undefined) throw invalidParam('recipient_id');
  fields.text('payment_mode', MODES);
  await requireNewReference(deps, ref);
  const charges = settlementCharges(amountPaise);
  if (book.money.aepsPaise(agent.user) < turnoverOf({ service: 'settlement', amountPaise, ...charges }))
    throw insufficientBalance();
  const attempt: Attempt = {
    service: 'settlement',
    user: agent.user,
    ref,
    amountPaise,
    charges,
    mobile: agent.mobile,
    name: agent.shop,
    target: recipient.account,
    payee: recipient.name,
    ifsc: recipient.ifsc,
    bank: bankOfIfsc(recipient.ifsc),
  };
  const booked = bookByScenario(deps, attempt, recipient.account);
  if (booked.plan.answer === 'never') return NO_ANSWER;
  if (booked.status === '2') return awaited(booked, amountPaise);
  if (booked.status === '1') throw declined('Invalid beneficiary account', { tid: booked.tid });
  return ok(1477, 'Transaction processed successfully', {
    tx_status: booked.status,
    amount: rupeesFromPaise(amountPaise),
    txstatus_desc: 'Success',
    fee: rupeesFromPaise(charges.feePaise),
    gst: rupeesFromPaise(charges.taxPaise),
    sender_name: agent.shop,
    tid: booked.tid,
    client_ref_id: ref ?? '',
    balance: rupeesFromPaise(book.money.aepsPaise(agent.user)),
    user_code: agent.user,
    totalfee: rupeesFromPaise(charges.feePaise),
    recipient_name: recipient.name,
    ifsc: recipient.ifsc,
    bank_ref_num: booked.bankReference,
    account: recipient.account,
    timestamp: booked.timestamp,
  });
}
