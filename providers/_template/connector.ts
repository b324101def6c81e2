import type { Connector } from '../../domain/connectors';
import { paiseToJson } from '../../platform/money';
import { createCaller, unlistedReporter } from '../caller';
import type { KeyedConnectorOptions } from '../keyed-settings';
import { preparedRequest } from '../requests';
import { masked } from './call-log';
import { readPayout } from './schemas';
import { outcomeOfPayout } from './transformers';

/**
 * A connector in its smallest form: it sends, and answers "unknown" or "pending" to everything that is not
 * written yet. That is always safe.
 */
export function createTemplateConnector(options: KeyedConnectorOptions): Connector {
  const { baseUrl, apiKey } = options;
  const caller = createCaller(
    {
      provider: 'template',
      company: 'Template',
      baseUrl,
      exchange: async (send) => ({ result: await send({ authorization: `Bearer ${apiKey}` }) }),
      mask: masked,
    },
    options,
  );
  const onUnlisted = unlistedReporter('template', options);

  return {
    name: 'template',
    admit: (_service, calls) => caller.guard.admit(calls),
    available: () => caller.guard.available(),
    payout: {
      notFound: { then: 'case' }, // until the documentation allows more
      registerBeneficiary: () => Promise.resolve({ ok: true, refs: {} }),
      callsToRegister: () => 0,
      prepare: ({ ourReference, amountPaise }) =>
        preparedRequest(JSON.stringify({ reference: ourReference, amount: paiseToJson(amountPaise) })),
      async send({ ourReference }, { body }, call) {
        const request = {
          operation: 'payout',
          method: 'POST',
          path: '/payouts',
          route: '/payouts',
          body,
          ourReference,
        } as const;
        return outcomeOfPayout(await caller.call(request, call), readPayout, onUnlisted);
      },
      inquire: () => Promise.resolve({ kind: 'unknown', sent: true, rawStatus: '<inquiry not written>' }),
    },
    checkCallback: () => ({ verdict: 'forged', reason: 'the check is not written' }), // nothing passes by default
    parseCallback: () => ({ event: 'unknown' }),
    close: () => caller.close(),
  };
}
