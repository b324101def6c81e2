/** A sandbox with Razorpay's payment gateway, a receiver for its webhooks, and a client. */
import { Pool } from 'undici';
import type { SandboxOptions } from '../../sandbox/app';
import type { RazorpayConfig } from '../../sandbox/razorpay/config';
import { sandboxOptions, startInProcess, startReceiver, type InProcess, type Receiver } from './sandbox';
import type { Json } from './razorpay-examples';

export const RAZORPAY = {
  keyId: 'rzp_test_gateway',
  keySecret: 'gateway sandbox secret',
  webhookSecret: 'gateway_whsec_test',
};
/** Where the payment gateway and its checkout are in the sandbox. */
export const RAZORPAY_PREFIX = '/razorpay/v1';
export const CHECKOUT_PATH = '/razorpay/checkout';

export const razorpayConfig = (callbackUrl: string): RazorpayConfig => ({ ...RAZORPAY, callbackUrl });

export interface GatewayClient {
  /** Calls a path of the contract. */
  call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ status: number; body: Json }>;
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Json>;
  close(): Promise<void>;
}

export function createGatewayClient(url: string): GatewayClient {
  const pool = new Pool(url, { connections: 32 });
  const authorization = `Basic ${Buffer.from(`${RAZORPAY.keyId}:${RAZORPAY.keySecret}`).toString('base64')}`;
  const send = async (method: 'GET' | 'POST' | 'DELETE', path: string, body: unknown, headers: object) => {
    const response = await pool.request({
      method,
      path,
      headers: { 'content-type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.statusCode, body: (await response.body.json()) as Json };
  };
  return {
    call: (method, path, body) => send(method, `${RAZORPAY_PREFIX}${path}`, body, { authorization }),
    control: async (method, path, body) => (await send(method, `/__sandbox/razorpay${path}`, body, {})).body,
    close: () => pool.destroy(),
  };
}

export type GatewaySandbox = InProcess<GatewayClient, Receiver>;

export async function startGatewaySandbox(options: Partial<SandboxOptions> = {}): Promise<GatewaySandbox> {
  const receiver = await startReceiver();
  return startInProcess(
    receiver,
    (dir) => ({
      ...sandboxOptions(dir, 'http://127.0.0.1:9/callbacks/razorpayx'),
      razorpay: razorpayConfig(receiver.url),
      ...options,
    }),
    createGatewayClient,
  );
}
