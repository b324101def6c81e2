import type { ProviderCallOptions } from '../../domain/provider/calls';
import type { Reply } from '../answers';
import type { CallGuard } from '../call-guard';
import { createCaller, type CallSettings, type ProviderRequest } from '../caller';
import { createSigner } from './auth';
import { parseJson } from '../reading';
import { masked } from './call-log';
import { isSetupFault } from './set-up';

/** AEPS and bill fetches have a minute; other calls the time-outs of the settings. */
export interface EkoClientOptions extends CallSettings {
  baseUrl: string;
  developerKey: string;
  accessKey: string;
}

export interface Call extends Omit<ProviderRequest, 'path'> {
  /** The route as the contract writes it, with `{names}` that `ids` fill. */
  route: string;
  ids?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
}

export interface EkoClient {
  call(call: Call, options?: ProviderCallOptions): Promise<Reply>;
  guard: CallGuard;
  close(): Promise<void>;
}

/** A list of all billers has thousands of lines. */
const MAX_ANSWER_BYTES = 4 * 1_048_576;

/** Signed calls, each made once. Throws TypeError for keys that cannot be Eko's. */
export function createEkoClient(options: EkoClientOptions): EkoClient {
  const { baseUrl, developerKey, accessKey, clock, log } = options;
  if (!/^[\x21-\x7e]{4,200}$/.test(developerKey) || accessKey.length < 8)
    throw new TypeError('the Eko keys are not usable');
  const signer = createSigner({ developerKey, accessKey, clock, log });
  const caller = createCaller(
    {
      provider: 'eko',
      company: 'Eko',
      baseUrl,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      async exchange(send) {
        // Signed here and not before: a call may have stood in line, and the timestamp is only good for a
        // moment.
        const result = await send(signer.headers());
        if (result.ok && result.status === 403) signer.refused(result.headers.date);
        return { result };
      },
      isSetupFault: ({ status, text }) =>
        status === 200
          ? text.includes('invalid_param') && isSetupFault(status, parseJson(text))
          : isSetupFault(status, undefined),
      mask: masked,
    },
    options,
  );
  return {
    call: (call, callOptions) => caller.call(requestOf(call), callOptions),
    guard: caller.guard,
    close: () => caller.close(),
  };
}

/** Eko wants a content type of every call, also of one without a body. */
function requestOf({ ids = {}, query, ...call }: Call): ProviderRequest {
  const path = call.route.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) =>
    encodeURIComponent(ids[name]!).replaceAll('%3A', ':'),
  );
  const parameters = new URLSearchParams(query).toString();
  return {
    contentType: 'application/json',
    logged: typeof call.body === 'string' ? undefined : (query ?? {}),
    ...call,
    path: parameters === '' ? path : `${path}?${parameters}`,
  };
}
