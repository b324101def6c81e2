import { randomInt, randomUUID } from 'node:crypto';
import { OTP_ABOVE_PAISE } from '../../customers/withdrawals';
import { scenariosOf, type CounterScenario } from './scenarios';
import { take, type Counter, type Taken } from './taken';

/**
 * AEPS as at a terminal: an agent who is made ready, withdrawals with the customer's finger, and the word
 * that the cash is out.
 */
const SHOP = '21.145800,79.088200';
const BANK = 'HDFC';
const DOCUMENT = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(200, 7)]).toString(
  'base64',
);

interface Agent {
  is_verified_today: boolean;
}

/**
 * Makes the shop of this key an agent who may serve customers today: activation, eKYC, the verification of
 * the day.
 */
async function makeAgentReady(counter: Counter): Promise<void> {
  const { api, people, phone } = counter;
  await activate(counter);
  const me = { mobile: people.mobile(), latlong: SHOP, aadhaar: people.aadhaar() };
  const step = async (name: string, more: object): Promise<Agent> =>
    (await api.call('POST', `/v1/aeps/agent/kyc/${name}`, { ...me, ...more }, { isRepeatable: false }))
      .body as unknown as Agent;
  await step('otp', {});
  const [otp] = await phone.otps(me.mobile, 'agent_kyc');
  await step('verification', { otp });
  await step('biometric', { bank: BANK, pid: people.pid() });
  const agent = await step('daily', { bank: BANK, pid: people.pid() });
  if (!agent.is_verified_today) throw new Error('the agent is not ready after the verification of the day');
}

async function activate({ api, people, phone }: Counter): Promise<void> {
  const userCode = String(randomInt(10_000_000, 100_000_000));
  await phone.onboard(userCode);
  await api.call(
    'POST',
    '/v1/aeps/agent',
    {
      user_code: userCode,
      device: { model: 'MFS110', number: 'TEST-0001' },
      account_number: people.number(14, '0000'),
      ifsc: 'HDFC0000053',
      shop_type: '4215',
      pan: people.pan(),
      aadhaar: people.aadhaar(),
      office_address: 'Shop 12, Test Road, Nagpur 440001',
      proof_address: 'Shop 12, Test Road, Nagpur 440001',
      latlong: SHOP,
      documents: { aadhaar_front: DOCUMENT, aadhaar_back: DOCUMENT, pan_card: DOCUMENT },
    },
    { isRepeatable: false },
  );
}

/** A withdrawal for each ending, each by another customer, at a shop that is made ready for them. */
export async function withdrawals(shop: Counter, round: number): Promise<Taken[]> {
  const notReady = await makeAgentReady(shop).then(
    () => undefined,
    (error: Error) => error,
  ); // told with each withdrawal
  const taken = await Promise.all(
    scenariosOf('aeps').map((scenario, i) =>
      take(
        shop,
        { scenario, label: `withdrawal ${round}` },
        () => {
          if (notReady !== undefined) throw notReady;
          return withdraw(shop, scenario, (101 + round * 10 + i) * 100 + moreOf(scenario));
        },
        scenario.isDoubted === true ? (id) => handedOut(shop, id) : undefined,
      ),
    ),
  );
  return Promise.all(taken.map((t) => acknowledged(shop, t)));
}

/** Some customers want more than goes without a one-time password. */
const WITH_OTP: readonly string[] = ['0000', '1111', '5555'];
const moreOf = ({ ending }: CounterScenario): number => (WITH_OTP.includes(ending) ? OTP_ABOVE_PAISE : 0);

async function withdraw(counter: Counter, { ending }: CounterScenario, amountPaise: number): Promise<string> {
  const { api, people } = counter;
  const wanted = {
    amount: amountPaise,
    currency: 'INR',
    customer: { mobile: people.mobile(ending), bank: BANK },
    terminal: { id: 'demo-1', latlong: SHOP },
    aadhaar: people.aadhaar(),
  };
  const body = {
    ...wanted,
    reference: `demo-${people.run}-${randomUUID().slice(0, 8)}`,
    ...(amountPaise > OTP_ABOVE_PAISE ? await captureWithOtp(counter, wanted) : { pid: people.pid() }),
  };
  return String(
    (await api.call('POST', '/v1/aeps/withdrawals', body, { idempotencyKey: randomUUID() })).body.id,
  );
}

/** The customer tells the agent the password of the message, and the device seals it into the capture. */
async function captureWithOtp(
  { api, people, phone }: Counter,
  wanted: { customer: { mobile: string } },
): Promise<{ otp_request: string; pid: string }> {
  const { body } = await api.call('POST', '/v1/aeps/withdrawal-otps', wanted, {
    idempotencyKey: randomUUID(),
  });
  const [otp] = await phone.otps(wanted.customer.mobile, 'withdrawal');
  return { otp_request: String(body.id), pid: people.pid(otp) };
}

async function handedOut({ api }: Counter, publicId: string): Promise<void> {
  await api.call('POST', `/v1/aeps/withdrawals/${publicId}/acknowledgement`, { cash_handed_out: true });
}

/** Says of a success that the cash is out. */
async function acknowledged(shop: Counter, taken: Taken): Promise<Taken> {
  if (taken.status !== 'SUCCESS' || taken.publicId === undefined) return taken;
  try {
    await handedOut(shop, taken.publicId);
    return taken;
  } catch (error) {
    return { ...taken, problem: (error as Error).message };
  }
}
