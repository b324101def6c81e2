import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ApiGoneError, RefusedError } from '../api';
import { scenariosOf, type CounterScenario } from './scenarios';
import { take, type Counter, type Taken } from './taken';

/**
 * Domestic money transfer as at a counter: a new sender with eKYC, a recipient for each ending, one-time
 * passwords, transfers; a refund with the customer's consent.
 */
export const SPLIT_PAISE = 1_200_000;
const SPLIT_PARTS = 3;
const REFUNDABLE_WITHIN_MS = 60_000;

interface Sender {
  id: string;
  mobile: string;
}
interface Part {
  amount: number;
  otp_reference: string;
}

/** As many transfers of one sender as one-time passwords may be tried before the first is known to be right. */
const TRANSFERS_OF_A_SENDER = 5;

/** A transfer for each ending: of a sender, together less than the ₹25,000 of a month. */
export async function transfersOfEachEnding(counter: Counter, round: number): Promise<Taken[]> {
  const wishes = scenariosOf('dmt').map((scenario, i) => ({
    scenario,
    label: `transfer ${round}`,
    amountPaise: 10_000 + (round * 10 + i) * 1_013,
    parts: 1,
  }));
  const [first, second] = [wishes.slice(0, TRANSFERS_OF_A_SENDER), wishes.slice(TRANSFERS_OF_A_SENDER)];
  return (await Promise.all([withSender(counter, first), withSender(counter, second)])).flat();
}

/** ₹12,000, which is three transfers with three one-time passwords. */
export async function splitTransfer(counter: Counter): Promise<Taken[]> {
  return withSender(counter, [
    {
      scenario: scenariosOf('dmt')[0]!,
      label: 'part of a split transfer',
      amountPaise: SPLIT_PAISE,
      parts: SPLIT_PARTS,
    },
  ]);
}

interface Wish {
  scenario: CounterScenario;
  label: string;
  amountPaise: number;
  parts: number;
}

async function withSender(counter: Counter, wishes: readonly Wish[]): Promise<Taken[]> {
  const ready = await register(counter).catch((error: unknown) => {
    if (error instanceof ApiGoneError) throw error;
    return error as Error;
  });
  const taken: Promise<Taken[]>[] = [];
  for (const wish of wishes) {
    // One after the other until each is accepted: the last one-time password on the sender's telephone is for
    // the last transfer that was asked for.
    const ids =
      ready instanceof Error
        ? ready
        : await transfer(counter, ready, wish).catch((error: unknown) => error as Error);
    taken.push(
      Promise.all(
        Array.from({ length: wish.parts }, (_, i) =>
          take(
            counter,
            wish,
            async () => {
              if (ids instanceof Error) throw ids;
              return ids[i]!;
            },
            wish.scenario.needsConsent === true
              ? (id) => refund(counter, (ready as Sender).mobile, id)
              : undefined,
          ),
        ),
      ),
    );
  }
  return (await Promise.all(taken)).flat();
}

/** A number that nobody has seen, to the end of its eKYC. */
async function register({ api, people, phone }: Counter): Promise<Sender> {
  const mobile = people.mobile();
  const id = String((await api.call('POST', '/v1/dmt/senders', { mobile })).body.id);
  const at = `/v1/dmt/senders/${id}`;
  const address = {
    line: '12, Test Street',
    city: 'Pune',
    state: 'Maharashtra',
    pincode: '411001',
    district: 'Pune',
  };
  await api.call('POST', `${at}/enrolment`, {
    name: people.name('Remitter'),
    born_on: '1990-02-28',
    address,
  });
  await api.call(
    'POST',
    `${at}/ekyc`,
    { aadhaar: people.aadhaar(), pid: people.pid() },
    { isRepeatable: false },
  );
  const [otp] = await phone.otps(mobile, 'sender_kyc');
  const { state } = (await api.call('POST', `${at}/ekyc/verification`, { otp }, { isRepeatable: false }))
    .body;
  if (state !== 'active') throw new Error(`a sender is ${String(state)} after the eKYC`);
  return { id, mobile };
}

/**
 * Adds the recipient, has the one-time passwords sent, reads them and transfers; the public ids of the parts.
 */
async function transfer(
  { api, people, phone }: Counter,
  sender: Sender,
  { scenario, amountPaise, parts: count }: Wish,
): Promise<string[]> {
  const at = `/v1/dmt/senders/${sender.id}`;
  const recipient = (
    await api.call('POST', `${at}/recipients`, {
      name: people.name('Recipient'),
      mobile: people.mobile(),
      ifsc: 'SBIN0000001',
      account_number: people.number(14, scenario.ending),
    })
  ).body.id;
  const parts = (
    await api.call('POST', `${at}/transfer-otps`, { recipient, amount: amountPaise }, { isRepeatable: false })
  ).body.parts as Part[];
  if (parts.length !== count)
    throw new Error(`a transfer was split into ${parts.length} parts, not ${count}`);
  const otps = await phone.otps(sender.mobile, 'transfer', count);
  const body = {
    sender: sender.id,
    recipient,
    reference: `demo-${people.run}-${randomUUID().slice(0, 8)}`,
    currency: 'INR',
    parts: parts.map(({ amount, otp_reference }, i) => ({ amount, otp_reference, otp: otps[i] })),
  };
  const accepted = (await api.call('POST', '/v1/dmt/transfers', body, { idempotencyKey: randomUUID() })).body
    .parts as { id: string }[];
  return accepted.map((p) => p.id);
}

/** The customer has their cash back and consents with the one-time password. */
async function refund({ api, phone }: Counter, mobile: string, transaction: string): Promise<void> {
  const deadline = Date.now() + REFUNDABLE_WITHIN_MS;
  for (;;) {
    try {
      await api.call('POST', `/v1/transactions/${transaction}/refund-otp`, {}, { isRepeatable: false });
      break;
    } catch (error) {
      if (!(error instanceof RefusedError) || error.code !== 'NOT_REFUNDABLE' || Date.now() > deadline)
        throw error;
      await pause(500);
    }
  }
  const [otp] = await phone.otps(mobile, 'refund');
  await api.call('POST', `/v1/transactions/${transaction}/refund`, { otp }, { isRepeatable: false });
}
