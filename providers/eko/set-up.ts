import { readEnvelope, type Envelope } from './schemas';

/** Answers that refuse us and not what was asked: a wrong key, an unknown initiator, a foreign address. */

/** `status` of answers that list `invalid_params` and have samples of their own, some of them without a type. */
export const INVALID_PARAMS: ReadonlySet<number> = new Set([97, 132, 319, 463]);
const REFUSED = 1;
const NO_TYPE = -1;

/**
 * True if the request was refused for what it says, and nothing was created: any `status` but 0, with
 * `response_status_id` 1, `response_type_id` −1 and `invalid_params` ("Input Validation Errors").
 */
export function isRefusalOfParams({ status, statusId, typeId, invalidParams }: Envelope): boolean {
  if (invalidParams.length === 0) return false;
  return INVALID_PARAMS.has(status) || (status !== 0 && statusId === REFUSED && typeId === NO_TYPE);
}

/** Parameters that come from our settings and not from a caller: a complaint about them is about us. */
const OUR_PARAMS: ReadonlySet<string> = new Set(['initiator_id', 'developer_key', 'org_id']);

export const aboutUs = (is: boolean): { isSetupFault?: true } => (is ? { isSetupFault: true } : {});

export function refusesUs(envelope: Envelope): boolean {
  return isRefusalOfParams(envelope) && envelope.invalidParams.some((name) => OUR_PARAMS.has(name));
}

/** True if an answer refuses us and not what was asked. Only a 200 is documented to carry an answer. */
export function isSetupFault(status: number, json: unknown): boolean {
  if (status !== 200) return status < 500 && status !== 429;
  const envelope = readEnvelope(json);
  return envelope !== undefined && refusesUs(envelope);
}
