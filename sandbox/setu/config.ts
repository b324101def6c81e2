/**
 * The configuration of Setu's products: the same credentials as the connectors have, and the URLs of
 * callbacks.
 */
export interface SetuConfig {
  billpay: { clientId: string; secret: string; partnerId: string; callbackUrl: string };
  recharge: { clientId: string; secret: string; productInstanceId: string; callbackUrl: string };
  /** Paid into each product's wallet when a book is begun. */
  openingBalancePaise: bigint;
}

export interface EnvironmentReader {
  text(name: string, form: RegExp, what: string, fallback?: string): string;
  secret(name: string, minLength: number): string;
  httpUrl(name: string): string;
}

const DEFAULT_OPENING_BALANCE_PAISE = '1000000000000'; // ₹1,000 crore
const ID = /^[\w-]{4,100}$/;

/** Undefined when no variable of Setu is set. As soon as one is set, all are required. */
export function readSetuConfig(env: NodeJS.ProcessEnv, reader: EnvironmentReader): SetuConfig | undefined {
  if (
    !Object.keys(env).some((name) => name.startsWith('MUNIM_SETU_') || name.startsWith('MUNIM_SANDBOX_SETU_'))
  )
    return undefined;
  return {
    billpay: {
      clientId: reader.text('MUNIM_SETU_BILLPAY_CLIENT_ID', ID, '4 to 100 letters, digits, _ or -'),
      secret: reader.secret('MUNIM_SETU_BILLPAY_SECRET', 8),
      partnerId: reader.text('MUNIM_SETU_PARTNER_ID', /^\d{1,15}$/, 'a whole number'),
      callbackUrl: reader.httpUrl('MUNIM_SANDBOX_SETU_BILLPAY_CALLBACK_URL'),
    },
    recharge: {
      clientId: reader.text('MUNIM_SETU_RECHARGE_CLIENT_ID', ID, '4 to 100 letters, digits, _ or -'),
      secret: reader.secret('MUNIM_SETU_RECHARGE_SECRET', 8),
      productInstanceId: reader.text(
        'MUNIM_SETU_PRODUCT_INSTANCE_ID',
        ID,
        '4 to 100 letters, digits, _ or -',
      ),
      callbackUrl: reader.httpUrl('MUNIM_SANDBOX_SETU_RECHARGE_CALLBACK_URL'),
    },
    openingBalancePaise: BigInt(
      reader.text(
        'MUNIM_SANDBOX_SETU_OPENING_BALANCE_PAISE',
        /^(0|[1-9]\d{0,14})$/,
        'a whole number of paise',
        DEFAULT_OPENING_BALANCE_PAISE,
      ) || 0,
    ),
  };
}
