import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Razorpay's own SDK (`razorpay` on npm) in a process of its own, as an oracle: its client calls an address, and
 * its check of a webhook's signature judges one. It has no call of its own for RazorpayX, so its client is used.
 */
const SCRIPT = `
  const Razorpay = require('razorpay');
  const { baseUrl, keyId, keySecret, calls, webhook } = JSON.parse(process.argv[1]);
  const sdk = new Razorpay({ key_id: keyId, key_secret: keySecret });
  sdk.api.rq.defaults.baseURL = baseUrl;
  (async () => {
    const answers = [];
    for (const { url, data } of calls)
      answers.push(await sdk.api.get({ url, data }).then((ok) => ({ ok }), (refused) => ({ refused })));
    const isSigned = webhook && Razorpay.validateWebhookSignature(webhook.raw, webhook.signature, webhook.secret);
    process.stdout.write(JSON.stringify({ version: Razorpay.VERSION, answers, isSigned }));
  })();
`;

export interface OracleQuestion {
  baseUrl: string;
  keyId: string;
  keySecret: string;
  /** Paths below `/v1`, and their query. */
  calls: readonly { url: string; data: Record<string, unknown> }[];
  webhook?: { raw: string; signature: string; secret: string };
}

export interface OracleAnswer {
  version: string;
  answers: {
    ok?: Record<string, unknown>;
    refused?: { statusCode: number; error: Record<string, unknown> };
  }[];
  isSigned?: boolean;
}

export function askRazorpaySdk(question: OracleQuestion): Promise<OracleAnswer> {
  return inItsOwnProcess(SCRIPT, question);
}

/** The payment gateway, of which the SDK has calls and checks of its own. */
const GATEWAY_SCRIPT = `
  const Razorpay = require('razorpay');
  const { validatePaymentVerification } = require('razorpay/dist/utils/razorpay-utils');
  const { baseUrl, keyId, keySecret, calls, webhooks, checkouts } = JSON.parse(process.argv[1]);
  const sdk = new Razorpay({ key_id: keyId, key_secret: keySecret });
  sdk.api.rq.defaults.baseURL = baseUrl;
  (async () => {
    const answers = [];
    for (const { resource, method, given } of calls)
      answers.push(await sdk[resource][method](...given).then((ok) => ({ ok }), (refused) => ({ refused })));
    process.stdout.write(JSON.stringify({
      version: Razorpay.VERSION,
      answers,
      areSigned: webhooks.map(({ raw, signature, secret }) => Razorpay.validateWebhookSignature(raw, signature, secret)),
      areFromCheckout: checkouts.map(({ order, payment, signature }) =>
        validatePaymentVerification({ order_id: order, payment_id: payment }, signature, keySecret)),
    }));
  })();
`;

export interface GatewayQuestion extends Pick<OracleQuestion, 'baseUrl' | 'keyId' | 'keySecret'> {
  /** Methods of a resource of the SDK, and what they are given. */
  calls: readonly { resource: 'orders' | 'payments'; method: string; given: readonly unknown[] }[];
  webhooks: readonly { raw: string; signature: string; secret: string }[];
  checkouts: readonly { order: string; payment: string; signature: string }[];
}

export interface GatewayAnswer extends Pick<OracleAnswer, 'version' | 'answers'> {
  areSigned: boolean[];
  areFromCheckout: boolean[];
}

export function askGatewaySdk(question: GatewayQuestion): Promise<GatewayAnswer> {
  return inItsOwnProcess(GATEWAY_SCRIPT, question);
}

async function inItsOwnProcess<Answer>(script: string, question: object): Promise<Answer> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, JSON.stringify(question)], {
    cwd: process.cwd(),
    env: { PATH: process.env.PATH },
    timeout: 60_000,
  });
  return JSON.parse(stdout) as Answer;
}
