import { constants, createPublicKey, publicEncrypt, type KeyObject } from 'node:crypto';
import type { ProviderCallOptions } from '../../domain/provider/calls';
import type { Clock } from '../../platform/clock';
import type { Reply } from '../answers';
import type { CallGuard } from '../call-guard';
import { createCaller, type CallSettings } from '../caller';
import { parseJson } from '../reading';
import { masked } from './call-log';
import { DOCUMENTED_VERSION } from './settings';
import { isSetupFault } from './transformers';

export interface CashfreeClientOptions extends CallSettings {
  baseUrl: string;
  clientId: string;
  clientSecret: string;
  apiVersion?: string;
  /** Cashfree's public key in PEM, where our address is not on its list. */
  publicKey?: string;
}

export type Operation =
  | 'beneficiary'
  | 'beneficiary_by_id'
  | 'beneficiary_by_account'
  | 'transfer'
  | 'transfer_by_id'
  | 'transfer_by_reference';

export interface Call {
  method: 'GET' | 'POST';
  path: '/beneficiary' | '/transfers';
  /** Never in the API log: it may hold an account number. */
  query?: Record<string, string>;
  body?: string;
  /** Identifies the transaction's attempt in the API log. */
  ourReference?: string;
}

export interface CashfreeClient {
  call(operation: Operation, call: Call, options?: ProviderCallOptions): Promise<Reply>;
  guard: CallGuard;
  close(): Promise<void>;
}

/** Calls with client id and secret. Throws TypeError for credentials or a public key that cannot be used. */
export function createCashfreeClient(options: CashfreeClientOptions): CashfreeClient {
  const { baseUrl, clientId, clientSecret, apiVersion = DOCUMENTED_VERSION, publicKey, clock } = options;
  if (!isHeaderText(clientId) || !isHeaderText(clientSecret))
    throw new TypeError('the client id or secret of Cashfree is not usable');
  const key = publicKey === undefined ? undefined : keyOf(publicKey);
  const caller = createCaller(
    {
      provider: 'cashfree',
      company: 'Cashfree',
      baseUrl,
      exchange: async (send) => ({
        result: await send({
          'x-client-id': clientId,
          'x-client-secret': clientSecret,
          'x-api-version': apiVersion,
          ...(key === undefined ? {} : { 'x-cf-signature': requestSignature(clientId, key, clock) }),
        }),
      }),
      isSetupFault: ({ status, text }, { operation }) =>
        isSetupFault(parseJson(text), status, operation.startsWith('transfer') ? 'transfer' : 'registration'),
      mask: masked,
    },
    options,
  );
  return {
    call: (operation, { path, query, ...call }, callOptions) =>
      caller.call(
        {
          operation,
          route: path,
          path: query === undefined ? path : `${path}?${new URLSearchParams(query).toString()}`,
          ...call,
        },
        callOptions,
      ),
    guard: caller.guard,
    close: () => caller.close(),
  };
}

const isHeaderText = (text: string): boolean => /^[\x21-\x7e]{4,200}$/.test(text);

function keyOf(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw new TypeError('the public key of Cashfree is not usable');
  }
}

/** Client id and Unix seconds with a dot between, sealed by RSA-OAEP: other bytes each time. */
function requestSignature(clientId: string, key: KeyObject, clock: Clock): string {
  const text = `${clientId}.${Math.floor(clock.now().getTime() / 1_000)}`;
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING }, Buffer.from(text)).toString(
    'base64',
  );
}
