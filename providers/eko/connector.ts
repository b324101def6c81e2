import type { Connector } from '../../domain/connectors';
import type { NotFoundPolicy } from '../../domain/provider/calls';
import { systemClock, type Clock } from '../../platform/clock';
import { unlistedReporter } from '../caller';
import { withoutSentences } from '../mask';
import { createAepsCalls } from './aeps';
import { aadhaarKeyOf } from './auth';
import { createBillCalls } from './bbps';
import { maskedText } from './call-log';
import { checkUnsigned, parseCallback } from './callbacks';
import { createEkoClient, type EkoClientOptions } from './client';
import { NOT_FOUND, type EkoContext } from './context';
import { createDmtCalls } from './dmt';
import { EKO_REASONS } from './reasons';
import { createRechargeCalls } from './recharge';
import { createRefundCalls } from './refunds';
import { MOBILE, USER_CODE } from './requests';
import { createValidationCalls } from './validations';

export interface EkoConnectorOptions extends Omit<EkoClientOptions, 'clock'> {
  /** The mobile number under which the organisation is known. */
  initiatorId: string;
  /** The organisation's own; agents bring theirs. */
  userCode: string;
  /** The provider's public key for Aadhaar numbers, PEM. */
  aadhaarKey: string;
  clock?: Clock;
  notFound?: NotFoundPolicy;
  /** The `source_ip` of a recharge, which has no counter. */
  sourceIp?: string;
}

/**
 * Eko EPS v3: money transfers, Aadhaar payments, bills and recharges (README.md beside this file: the
 * contract, its traps and what we decided).
 */
export function createEkoConnector(options: EkoConnectorOptions): Connector {
  const { initiatorId, userCode } = options;
  const settings = { ...options, clock: options.clock ?? systemClock };
  if (!MOBILE.test(initiatorId)) throw new TypeError('the initiator id is no mobile number');
  if (!USER_CODE.test(userCode)) throw new TypeError('the user code is not usable');
  const client = createEkoClient(settings);
  const context: EkoContext = {
    client,
    initiatorId,
    userCode,
    aadhaarKey: aadhaarKeyOf(options.aadhaarKey),
    sourceIp: options.sourceIp ?? '127.0.0.1',
    notFound: options.notFound ?? NOT_FOUND,
    onUnlisted: unlistedReporter('eko', settings),
  };
  return {
    name: 'eko',
    reasons: EKO_REASONS,
    admit: (_service, calls) => client.guard.admit(calls),
    available: () => client.guard.available(),
    dmt: createDmtCalls(context),
    bbps: createBillCalls(context),
    recharge: createRechargeCalls(context),
    aeps: createAepsCalls(context),
    refunds: createRefundCalls(context),
    validation: createValidationCalls(context),
    checkCallback: (_headers, raw) => checkUnsigned(raw),
    parseCallback,
    maskCallback: (raw) => withoutSentences(maskedText(raw)),
    close: () => client.close(),
  };
}
