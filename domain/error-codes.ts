import { AEPS_ERRORS } from './aeps/errors';
import { BBPS_ERRORS } from './bbps/errors';
import { DMT_ERRORS } from './dmt/errors';
import { COMMON_ERRORS, type ErrorDefinition } from './errors/errors';
import { PAYOUT_ERRORS } from './payouts/errors';
import { DESK_ERRORS } from './provider/errors';
import { RECHARGE_ERRORS } from './recharge/errors';
import { REFUND_ERRORS } from './refunds/errors';

/** Every stable code of the product, for the API's problem pages and docs/errors.md. A new capability adds its table here. */
export const ERRORS = join(
  COMMON_ERRORS,
  PAYOUT_ERRORS,
  DMT_ERRORS,
  DESK_ERRORS,
  REFUND_ERRORS,
  BBPS_ERRORS,
  RECHARGE_ERRORS,
  AEPS_ERRORS,
);
export type ErrorCode = keyof typeof ERRORS;

type Definitions = Readonly<Record<string, ErrorDefinition>>;
type Intersection<Union> = (Union extends unknown ? (part: Union) => void : never) extends (
  part: infer Whole,
) => void
  ? Whole
  : never;

/** Throws TypeError for a code that two tables declare: a code means one thing. */
export function join<Tables extends readonly Definitions[]>(...tables: Tables): Intersection<Tables[number]> {
  const joined: Record<string, ErrorDefinition> = {};
  for (const table of tables)
    for (const [code, definition] of Object.entries(table)) {
      if (Object.hasOwn(joined, code)) throw new TypeError(`the error code ${code} is declared twice`);
      joined[code] = definition;
    }
  return joined as Intersection<Tables[number]>;
}
