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

export async function askRazorpaySdk(question: OracleQuestion): Promise<OracleAnswer> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', SCRIPT, JSON.stringify(question)], {
    cwd: process.cwd(),
    env: { PATH: process.env.PATH },
    timeout: 60_000,
  });
  return JSON.parse(stdout) as OracleAnswer;
}
