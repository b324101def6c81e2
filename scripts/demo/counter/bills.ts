import { randomUUID } from 'node:crypto';
import { scenariosOf } from './scenarios';
import { take, type Counter, type Taken } from './taken';

/** Bills and recharges as at a counter. */
const BILLER = { id: 'SUND00000MAH01', parameter: 'Consumer Number', length: 12 };
/** Paid without a fetch. */
const QUICK_PAY = { id: 'TARA00000NAT04', parameter: 'Subscriber ID', length: 11 };
const RECHARGE_PAISE = 19_900; // a plan of every operator
const COUNTER_OF_AGENT = {
  agent_id: 'AX01AI06512391457204',
  terminal_id: 'demo-1',
  geocode: '28.6139,77.2090',
  pincode: '110001',
  ip: '10.0.0.7',
};

interface Bill {
  bill_number: string | null;
  amount: number;
}

/** A bill for each ending; every other one is paid without a fetch. */
export async function bills(counter: Counter, round: number): Promise<Taken[]> {
  return Promise.all(
    scenariosOf('bbps').map((scenario, i) =>
      take(counter, { scenario, label: `bill ${round}` }, () =>
        ((round + i) % 2 === 0 ? fetchAndPay : payAtOnce)(counter, scenario.ending, round + i),
      ),
    ),
  );
}

const request = ({ people }: Counter, { parameter, length }: typeof BILLER, ending: string) => ({
  customer: {
    mobile: people.mobile(),
    name: people.name('Customer'),
    parameters: [{ name: parameter, value: people.number(length, ending) }],
  },
  counter: { ...COUNTER_OF_AGENT, mobile: people.mobile() },
});

/** How a bill is paid, and by whom: the customer, but with the agent's own wallet the agent. Both ways of payment take each. */
function paidBy({ people }: Counter, n: number): Record<string, unknown> {
  switch (Math.floor(n / 2) % 4) {
    case 0:
      return { payment_mode: 'Cash' };
    case 1:
      return { payment_mode: 'UPI', remitter: { vpa: `${people.number(12, '0000')}@okbank` } };
    case 2:
      return { payment_mode: 'Wallet', remitter: { name: people.name('Agent') } };
    default:
      return {
        payment_mode: 'Bharat QR',
        remitter: {
          name: people.name('Payer'),
          account_number: people.number(14, '0000'),
          ifsc: 'HDFC0000053',
        },
      };
  }
}

async function fetchAndPay(counter: Counter, ending: string, n: number): Promise<string> {
  const { api } = counter;
  let fetched = (
    await api.call(
      'POST',
      '/v1/bbps/fetches',
      { biller: BILLER.id, ...request(counter, BILLER, ending) },
      { waitS: 10 },
    )
  ).body;
  if (fetched.state === 'processing')
    fetched = (await api.call('GET', `/v1/bbps/fetches/${String(fetched.id)}`, undefined, { waitS: 20 }))
      .body;
  const [bill] = fetched.bills as Bill[];
  if (fetched.state !== 'fetched' || bill === undefined)
    throw new Error(`a bill was not fetched: ${String(fetched.state)}, ${String(fetched.reason)}`);
  return pay(counter, { fetch: fetched.id, amount: bill.amount, ...paidBy(counter, n) });
}

function payAtOnce(counter: Counter, ending: string, n: number): Promise<string> {
  return pay(counter, {
    biller: QUICK_PAY.id,
    ...request(counter, QUICK_PAY, ending),
    amount: 29_900 + n * 100,
    ...paidBy(counter, n),
  });
}

async function pay({ api, people }: Counter, what: Record<string, unknown>): Promise<string> {
  const body = {
    ...what,
    currency: 'INR',
    reference: `demo-${people.run}-${randomUUID().slice(0, 8)}`,
  };
  return String(
    (await api.call('POST', '/v1/bbps/payments', body, { idempotencyKey: randomUUID() })).body.id,
  );
}

/** A recharge for each ending, of numbers that were never recharged. */
export async function recharges(counter: Counter, round: number): Promise<Taken[]> {
  const { api, people } = counter;
  return Promise.all(
    scenariosOf('recharge').map((scenario) =>
      take(counter, { scenario, label: `recharge ${round}` }, async () => {
        const mobile = people.mobile(scenario.ending);
        const { operator, circle } = (await api.call('POST', '/v1/recharge/operators', { mobile })).body;
        const body = {
          mobile,
          operator,
          circle,
          amount: RECHARGE_PAISE,
          currency: 'INR',
          reference: `demo-${people.run}-${randomUUID().slice(0, 8)}`,
        };
        return String(
          (await api.call('POST', '/v1/recharges', body, { idempotencyKey: randomUUID() })).body.id,
        );
      }),
    ),
  );
}
