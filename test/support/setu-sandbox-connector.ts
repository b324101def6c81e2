/**
 * The connector of Setu against the sandbox that speaks Setu: they share no code, and each was written from
 * the contracts. What one says the other has to understand.
 */
import type { BillInstruction } from '../../domain/bbps/port';
import type { Connector } from '../../domain/connectors';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import type { InquiryTarget } from '../../domain/provider/calls';
import type { SetuConnectorOptions } from '../../providers/setu/connector';
import { startTestSetu, type Body, type TestSetu } from './setu';
import { connectSetu, consumer, fetchBill, payment, topUp } from './setu-flows';
import { until } from './until';

export let t: TestSetu;
export let connector: Connector;
/** For the endings that are never answered: whoever may be answered gets all the time that a busy machine needs. */
let impatient: Connector;
const UNANSWERED: readonly string[] = ['5555', '6666'];
const open: Connector[] = [];

export function another(options: Partial<SetuConnectorOptions> = {}, url = t.sandbox.url): Connector {
  const made = connectSetu(url, options);
  open.push(made);
  return made;
}

export const control = async (method: 'GET' | 'POST' | 'DELETE', route: string, body?: Body): Promise<Body> =>
  (await t.client.control(method, route, body)).body;
export const pay = (i: BillInstruction, c: Connector = connector): Promise<ProviderOutcome> =>
  c.bbps!.send(i, c.bbps!.prepare(i));
export const recharge = (i: ReturnType<typeof topUp>, c: Connector = connector): Promise<ProviderOutcome> =>
  c.recharge!.send(i, c.recharge!.prepare(i));
export const isOpen = ({ kind }: InquiryAnswer): boolean => kind === 'pending' || kind === 'unknown';

export async function payable(
  ending: string,
  fields: Partial<BillInstruction> = {},
  c: Connector = connector,
): Promise<BillInstruction> {
  const fetched = await fetchBill(c, consumer(ending));
  return payment({
    fetchRef: fetched.refId,
    bill: fetched.bills[0]!,
    amountPaise: fetched.bills[0]!.amountPaise,
    customer: consumer(ending),
    acceptedAt: new Date(),
    ...fields,
  });
}

export interface Sent {
  ourReference: string;
  amountPaise: bigint;
  outcome: ProviderOutcome;
}
/** A service that moves money: made ready for an ending, then sent, by any connector. */
export interface Money {
  name: 'bbps' | 'recharge';
  product: 'billpay' | 'recharge';
  path: string;
  ready(ending: string): Promise<(c?: Connector) => Promise<Sent>>;
}
export const MONEY: readonly Money[] = [
  {
    name: 'bbps',
    product: 'billpay',
    path: '/setu-billpay/api/v2/bbps/bills/payment/request',
    async ready(ending) {
      const instruction = await payable(ending);
      return async (c) => ({ ...instruction, outcome: await pay(instruction, c) });
    },
  },
  {
    name: 'recharge',
    product: 'recharge',
    path: '/setu-recharge/recharge/request',
    ready(ending) {
      const instruction = topUp({ mobile: `706657${ending}`, acceptedAt: new Date() });
      return Promise.resolve(async (c) => ({ ...instruction, outcome: await recharge(instruction, c) }));
    },
  },
];

export const sendTo = async (money: Money, ending: string): Promise<Sent> =>
  (await money.ready(ending))(UNANSWERED.includes(ending) ? impatient : connector);
export const sendWith = async (money: Money, c: Connector): Promise<Sent> => (await money.ready('0000'))(c);
export const ask = (money: Money, target: InquiryTarget): Promise<InquiryAnswer> =>
  connector[money.name]!.inquire(target);
export const paymentsOf = async ({ product }: Money, ref: string): Promise<Body[]> =>
  (await control('GET', `/${product}/book/payments?payment_ref_ids=${ref}`)).items as Body[];

/** Asks by our reference alone until it has ended so; by their reference the answer has to be the same. */
export async function ends(
  money: Money,
  { ourReference, amountPaise, outcome }: Sent,
  kind: string,
): Promise<ProviderOutcome> {
  const found = (await until(
    () => ask(money, { ourReference }),
    (a) => a.kind === kind,
  )) as ProviderOutcome;
  expect(found).toMatchObject({
    sent: true,
    providerReference: outcome.providerReference ?? found.providerReference,
    amountPaise,
    httpStatus: 200,
  });
  expect(
    await ask(money, {
      ourReference,
      providerReference: found.providerReference!,
      acceptedAt: new Date(),
      mayHaveComeBack: true,
    }),
  ).toEqual(found);
  return found;
}

/** Starts a sandbox and a connector for the tests of a file, and closes them after them. */
export function useSetuSandbox(): void {
  beforeAll(async () => {
    t = await startTestSetu({ slowMs: 1_000 });
    connector = another();
    impatient = another({ timeouts: { connectMs: 10_000, totalMs: 400 } });
  });
  afterAll(async () => {
    await Promise.all(open.map((c) => c.close()));
    await t.close();
  });
}
