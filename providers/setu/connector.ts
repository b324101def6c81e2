import type { Admission, NotFoundPolicy } from '../../domain/provider/calls';
import type { Connector } from '../../domain/connectors';
import type { ServiceName } from '../../domain/provider/service-name';
import { systemClock, type Clock } from '../../platform/clock';
import { unlistedReporter, type CallSettings } from '../caller';
import { withoutSentences } from '../mask';
import { isFields } from '../reading';
import { createBbps } from './bbps';
import { maskedText } from './call-log';
import { checkUnsigned, parseCallback } from './callbacks';
import { createSetuClient, type Product, type SetuClient } from './client';
import { listBillPayments } from './list';
import { SETU_REASONS } from './reasons';
import { createRecharge } from './recharge';
import type { BillpaySettings, RechargeSettings } from './settings';
import { isSoundRefusal } from './transformers';

export interface SetuConnectorOptions extends Omit<CallSettings, 'clock'> {
  /** The products that we have; at least one. */
  billpay?: BillpaySettings;
  recharge?: RechargeSettings;
  clock?: Clock;
  /** How not-found is handled; by default the same request is sent again for a day (README). */
  notFound?: NotFoundPolicy;
}

const KEY_LIFE_MS = 86_400_000;
/** The recharge service does not say how long its tokens live. */
const UNSAID_LIFE_MS = 600_000;
/** As the contract's `Authorization` header takes it. */
const TOKEN = /^[A-Za-z0-9._~+/-]{1,4000}=*$/;

/**
 * Setu: bills (BillPay COU v2) and prepaid recharges (v1), two products with an address, a token and a guard
 * each (README.md beside this file).
 */
export function createSetuConnector(options: SetuConnectorOptions): Connector {
  const { log } = options;
  const clock = options.clock ?? systemClock;
  const shared = { ...options, clock };
  const notFound = options.notFound ?? { then: 'resend_same_key', keyLifeMs: KEY_LIFE_MS };
  const onUnlisted = unlistedReporter('setu', shared);
  const billpay =
    options.billpay === undefined ? undefined : createSetuClient(billpayProduct(options.billpay), shared);
  const recharge =
    options.recharge === undefined ? undefined : createSetuClient(rechargeProduct(options.recharge), shared);
  const clientOf = (service: ServiceName): SetuClient | undefined =>
    service === 'recharge' ? recharge : service === 'bbps' ? billpay : undefined;
  const clients = [billpay, recharge].filter((client) => client !== undefined);
  if (clients.length === 0) throw new TypeError('Setu has no product that is configured');

  return {
    name: 'setu',
    reasons: SETU_REASONS,
    admit: (service, calls) => clientOf(service)?.guard.admit(calls) ?? Promise.resolve(NOT_OURS),
    available: (service) => clientOf(service)?.guard.available() ?? false,
    ...(billpay === undefined
      ? {}
      : {
          bbps: createBbps({
            client: billpay,
            clock,
            notFound,
            onUnlisted,
            log,
          }),
          payments: (from: Date, to: Date) => listBillPayments({ client: billpay, onUnlisted }, from, to),
          paymentsOf: ['bbps'] as const,
        }),
    ...(recharge === undefined
      ? {}
      : { recharge: createRecharge({ client: recharge, notFound, onUnlisted }) }),
    checkCallback: (_headers, raw) => checkUnsigned(raw),
    parseCallback,
    maskCallback: (raw) => withoutSentences(maskedText(raw)),
    async close() {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

/** A product that is not configured is never called. */
const NOT_OURS: Admission = { ok: false, rawStatus: '<not configured>', retryAfterMs: 60_000 };

function billpayProduct({ baseUrl, clientId, secret, partnerId }: BillpaySettings): Product {
  if (!/^\d{1,15}$/.test(partnerId)) throw new TypeError('the partner id of Setu is a whole number');
  requireCredentials(clientId, secret);
  return {
    name: 'billpay',
    baseUrl,
    headers: { 'x-partner-id': partnerId },
    login: {
      baseUrl,
      path: '/api/v2/auth/token',
      body: JSON.stringify({ clientID: clientId, secret }),
      read: readBillpayToken,
    },
  };
}

function rechargeProduct({
  baseUrl,
  accountsBaseUrl,
  clientId,
  secret,
  productInstanceId,
}: RechargeSettings): Product {
  if (!/^[\w-]{4,100}$/.test(productInstanceId))
    throw new TypeError('the product instance id of Setu is not usable');
  requireCredentials(clientId, secret);
  return {
    name: 'recharge',
    baseUrl,
    headers: { 'x-product-instance-id': productInstanceId },
    isSound: isSoundRefusal,
    login: {
      baseUrl: accountsBaseUrl,
      path: '/v1/users/login',
      body: JSON.stringify({ ClientID: clientId, Secret: secret, grant_type: 'client_credentials' }),
      read: readRechargeToken,
    },
  };
}

function requireCredentials(clientId: string, secret: string): void {
  if (clientId === '' || secret.length < 4) throw new TypeError('the credentials of Setu are not usable');
}

export function readBillpayToken(json: unknown): { token: string; lifeMs: number } | undefined {
  if (!isFields(json) || json.success === false || !isToken(json.token)) return undefined;
  return Number.isSafeInteger(json.expiresIn) && (json.expiresIn as number) >= 0
    ? { token: json.token, lifeMs: (json.expiresIn as number) * 1_000 }
    : undefined;
}

export function readRechargeToken(json: unknown): { token: string; lifeMs: number } | undefined {
  return isFields(json) && isToken(json.access_token)
    ? { token: json.access_token, lifeMs: UNSAID_LIFE_MS }
    : undefined;
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value);
}
