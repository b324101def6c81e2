import type { BillInstruction } from '../../domain/bbps/port';
import type { Connector } from '../../domain/connectors';
import type { ProviderOutcome } from '../../domain/provider/outcome';
import type { RechargeInstruction } from '../../domain/recharge/port';
import { type SetuConnectorOptions } from '../../providers/setu/connector';
import type { Json } from './setu-contract';
import { connectSetu } from './setu-flows';
import { startScriptedSetu, type ScriptedSetu } from './setu-scripted';

export const PAY = '/api/v2/bbps/bills/payment/request';
export const TOKEN = '/api/v2/auth/token';
export const LOGIN = '/v1/users/login';
export let server: ScriptedSetu;
export let connector: Connector;
export const open: Connector[] = [];

/** A connector that is closed in the end. */
export function connect(url: string, options: Partial<SetuConnectorOptions> = {}): Connector {
  const made = connectSetu(url, options);
  open.push(made);
  return made;
}

export const pay = (i: BillInstruction, c: Connector = connector): Promise<ProviderOutcome> =>
  c.bbps!.send(i, c.bbps!.prepare(i));
export const recharge = (i: RechargeInstruction, c: Connector = connector): Promise<ProviderOutcome> =>
  c.recharge!.send(i, c.recharge!.prepare(i));
export const lastBody = (route: string): Json => server.seen.findLast((s) => s.route === route)!.body;

/** Every body that was sent is one of the contract. */

/** Starts what the tests of a file need, and stops it after them. */
export function useScriptedSetu(): void {
  beforeAll(async () => {
    server = await startScriptedSetu();
    connector = connect(server.url);
  });

  afterEach(() => {
    const mistakes = server.mistakes.splice(0);
    if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  });

  afterAll(async () => {
    await Promise.all(open.map((c) => c.close()));
    await server.close();
  });
}
