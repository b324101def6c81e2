import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Cashfree's own SDK (`cashfree-payout` on npm) in a process of its own, as an oracle: its client calls an address,
 * and its check of a webhook's signature judges one. Its reports to its maker are switched off.
 */
const SCRIPT = `
  const { Cashfree, CFEnvironment } = require('cashfree-payout');
  const { baseUrl, clientId, clientSecret, calls, webhooks } = JSON.parse(process.argv[1]);
  Cashfree.XEnableErrorAnalytics = false;
  Cashfree.XClientId = clientId;
  Cashfree.XClientSecret = clientSecret;
  Cashfree.XEnvironment = CFEnvironment.SANDBOX;
  Cashfree.basePath = baseUrl;
  const verify = ({ signature, raw, timestamp }) => {
    try {
      return Cashfree.PayoutVerifyWebhookSignature(signature, raw, timestamp).type;
    } catch (error) {
      return null;
    }
  };
  (async () => {
    const answers = [];
    for (const { method, given } of calls)
      answers.push(
        await Cashfree[method]('2024-01-01', undefined, ...given).then(
          ({ status, data }) => ({ status, data }),
          ({ response }) => ({ status: response.status, data: response.data }),
        ),
      );
    process.stdout.write(JSON.stringify({ answers, types: webhooks.map(verify) }));
  })();
`;

export interface CashfreeQuestion {
  /** Of the API, without the paths. */
  baseUrl: string;
  clientId: string;
  clientSecret: string;
  /** Methods of the SDK and what they are given behind the version and the id of the request. */
  calls: readonly { method: string; given: readonly unknown[] }[];
  webhooks: readonly { signature: string; raw: string; timestamp: string }[];
}

export interface CashfreeTestimony {
  answers: { status: number; data: Record<string, unknown> }[];
  /** The type of each webhook whose signature it accepts; null for the others. */
  types: (string | null)[];
}

export async function askCashfreeSdk(question: CashfreeQuestion): Promise<CashfreeTestimony> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', SCRIPT, JSON.stringify(question)], {
    cwd: process.cwd(),
    env: { PATH: process.env.PATH },
    timeout: 60_000,
  });
  return JSON.parse(stdout) as CashfreeTestimony;
}
