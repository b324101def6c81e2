import { readEnvelope, type Envelope } from './schemas';

/** Answers that refuse us and not what was asked: a wrong key, an unknown initiator, a foreign address. */

/** `status` of an answer that lists `invalid_params`: the request was refused and nothing was created. */
export const INVALID_PARAMS: ReadonlySet<number> = new Set([97, 132, 319, 463]);
/** Parameters that come from our settings and not from a caller: a complaint about them is about us. */
const OUR_PARAMS: ReadonlySet<string> = new Set(['initiator_id', 'developer_key', 'org_id']);

export const aboutUs = (is: boolean): { isSetupFault?: true } => (is ? { isSetupFault: true } : {});

export function refusesUs({ status, invalidParams }: Envelope): boolean {
  return INVALID_PARAMS.has(status) && invalidParams.some((name) => OUR_PARAMS.has(name));
}

/** True if an answer refuses us and not what was asked. Only a 200 is documented to carry an answer. */
export function isSetupFault(status: number, json: unknown): boolean {
  if (status !== 200) return status < 500 && status !== 429;
  const envelope = readEnvelope(json);
  return envelope !== undefined && refusesUs(envelope);
}
