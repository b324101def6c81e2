import type { EnvironmentReader } from '../setu/config';

/** The configuration of Cashfree Payouts: the same credentials as the connector has, and the URL of webhooks. */
export interface CashfreeConfig {
  clientId: string;
  clientSecret: string;
  callbackUrl: string;
  /** Paid into the wallet when a book is begun. */
  openingBalancePaise: bigint;
}

const DEFAULT_OPENING_BALANCE_PAISE = '1000000000000'; // ₹1,000 crore

/** Undefined when no variable of Cashfree is set. As soon as one is set, all are required. */
export function readCashfreeConfig(
  env: NodeJS.ProcessEnv,
  reader: EnvironmentReader,
): CashfreeConfig | undefined {
  if (!Object.keys(env).some((name) => /^MUNIM_(?:SANDBOX_)?CASHFREE_/.test(name))) return undefined;
  return {
    clientId: reader.text('MUNIM_CASHFREE_CLIENT_ID', /^[\w-]{4,100}$/, '4 to 100 letters, digits, _ or -'),
    clientSecret: reader.secret('MUNIM_CASHFREE_CLIENT_SECRET', 8),
    callbackUrl: reader.httpUrl('MUNIM_SANDBOX_CASHFREE_CALLBACK_URL'),
    openingBalancePaise: BigInt(
      reader.text(
        'MUNIM_SANDBOX_CASHFREE_OPENING_BALANCE_PAISE',
        /^(0|[1-9]\d{0,14})$/,
        'a whole number of paise',
        DEFAULT_OPENING_BALANCE_PAISE,
      ) || 0,
    ),
  };
}
