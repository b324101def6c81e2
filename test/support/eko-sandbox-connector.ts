/**
 * The connector of Eko against the sandbox that speaks Eko: they share no code, and each was written from the
 * contract. What one says the other has to understand.
 */
import type { Connector } from '../../domain/connectors';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import { connectEko, moneyCalls, UNANSWERED, type Money, type Sent } from './eko-connected';
import { PID_BLOCK, startEkoSandbox, USER_CODE, type EkoSandbox, type Json } from './eko-sandbox';
import { until } from './until';

export let t: EkoSandbox;
export let connector: Connector;
/** For the endings that are never answered. */
let impatient: Connector;
const open: Connector[] = [];
export const BAD_PID = PID_BLOCK.replace("errCode='0'", "errCode='700'");

export function another(...[options]: [Parameters<typeof connectEko>[1]]): Connector {
  const made = connectEko(t, options);
  open.push(made);
  return made;
}

export const MONEY = moneyCalls(
  () => t,
  () => connector,
);
export const bookOf = async (ref: string): Promise<Json[]> =>
  (await t.client.control('GET', `/book/transactions?client_ref_ids=${ref}`)).body.items as Json[];
export const sendTo = async (money: Money, ending: string): Promise<Sent> =>
  (await money.ready(ending))(UNANSWERED.includes(ending) ? impatient : connector);
export const byReference = ({ name }: Money, { ourReference }: Sent): Promise<InquiryAnswer> =>
  connector[name]!.inquire({ ourReference });

/** Asks by our reference until it has ended so; by their tid the answer has to be the same. */
export async function ends(money: Money, sent: Sent, kind: string): Promise<ProviderOutcome> {
  const found = (await until(
    () => byReference(money, sent),
    (a) => a.kind === kind,
  )) as ProviderOutcome;
  expect(
    await connector[money.name]!.inquire({
      ourReference: sent.ourReference,
      providerReference: found.providerReference!,
    }),
  ).toEqual(found);
  expect(found).toMatchObject({
    sent: true,
    providerReference: sent.outcome.providerReference ?? found.providerReference,
    amountPaise: money.amountPaise,
  });
  return found;
}

/** Starts a sandbox and a connector for the tests of a file, and closes them after them. */
export function useEkoSandbox(): void {
  beforeAll(async () => {
    t = await startEkoSandbox({ slowMs: 1_000 });
    connector = connectEko(t);
    open.push(connector);
    impatient = another({ timeouts: { connectMs: 10_000, totalMs: 400 } });
    await t.client.control('POST', '/agents', { user_code: USER_CODE, aeps: 'ready' });
  });
  afterAll(async () => {
    await Promise.all(open.map((c) => c.close()));
    await t.close();
  });
}
