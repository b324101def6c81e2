import Joi from 'joi';
import type { CallbackReceiver } from '../../domain/callbacks/receive';
import { queuedWork } from '../../jobs/due';
import type { Metrics } from '../../platform/metrics';
import type { Wake } from '../../platform/wake';
import { receivedCallback } from '../answers/common';
import { found } from '../registry/answers';
import { textParameter } from '../registry/parameters';
import { ok } from '../registry/replies';
import { PROVIDER, raw, routesOf, type Reply, type RequestFacts } from '../registry/route';

export interface CallbackRouteDependencies {
  callbackReceiver: CallbackReceiver;
  wake: Wake;
  metrics: Pick<Metrics, 'callbacks'>;
}
const route = routesOf<CallbackRouteDependencies>();

const COMMON = {
  method: 'POST',
  tag: 'Callbacks',
  access: PROVIDER,
  limits: 'callback',
  idempotency: 'none',
  query: 'ignored', // what a provider adds to its address is no reason to lose what it says
  body: raw(262_144),
  answers: found('It is stored, and read later; a repeat is known as one', receivedCallback),
  problems: [
    'PROVIDER_UNKNOWN',
    'REQUEST_PATH_UNKNOWN',
    'CALLBACK_SIGNATURE_INVALID',
    'CALLBACK_ADDRESS_NOT_ALLOWED',
    'CALLBACK_MALFORMED',
  ],
} as const;
const provider = textParameter(
  'The name of the provider',
  Joi.string()
    .max(60)
    .pattern(/^[a-z0-9_-]{1,60}$/),
  'razorpayx',
);

/** Verified over the raw bytes, stored, 200; a worker reads it. */
export const callbackRoutes = [
  route({
    ...COMMON,
    path: '/callbacks/{provider}',
    summary: 'What a provider tells, signed',
    params: { provider },
    handle: ({ params, body, request }, deps) => receive(deps, { ...params, body, request, path: '' }),
  }),
  route({
    ...COMMON,
    path: '/callbacks/{provider}/{+path}',
    summary: 'What a provider that signs nothing tells, at its secret address',
    params: {
      provider,
      path: textParameter(
        'The secret token of the address, and what the provider puts after it',
        Joi.string()
          .max(1_000)
          .pattern(/^[!-~]+$/),
        'a-token-that-nobody-guesses/events',
      ),
    },
    handle: ({ params, body, request }, deps) => receive(deps, { ...params, body, request }),
  }),
];

async function receive(
  { callbackReceiver, metrics, wake }: CallbackRouteDependencies,
  told: { provider: string; path: string; body: Buffer; request: RequestFacts },
): Promise<Reply<200>> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(told.request.headers))
    headers[name] = Array.isArray(value) ? undefined : value;
  const { duplicate, due } = await callbackReceiver.receive(told.provider, headers, told.body, {
    path: told.path,
    from: told.request.ip,
  });
  metrics.callbacks.inc({ provider: told.provider, verdict: duplicate ? 'duplicate' : 'stored' });
  if (due !== undefined) await wake([queuedWork(due)]);
  return ok({ received: true, duplicate });
}
