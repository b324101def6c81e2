import Joi from 'joi';
import { ID_PREFIXES, parsePublicId, publicId, type IdKind } from '../../platform/ids';
import { breaks, text } from './fields';

/** Rules of fields that bodies and queries of staff share. */

const EXAMPLE_UUID = '01977777-7777-7777-8777-777777777777';
/** Of any script, on one line. */
const LINE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]+$/u;

/** An id of ours; what is read is the id inside. */
export function idIn(kind: IdKind): Joi.StringSchema {
  const prefix = ID_PREFIXES[kind];
  const rule = `an id: ${prefix}_ and 26 letters or digits`;
  return Joi.string()
    .max(30)
    .pattern(new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`), rule)
    .custom((typed: string, helpers) => parsePublicId(kind, typed) ?? breaks(helpers, rule))
    .meta({ schema: {} })
    .example(publicId(kind, EXAMPLE_UUID));
}

/** Small letters and digits: of a source of reports, a bank account in the books, a provider. */
export const nameIn = (example: string): Joi.StringSchema =>
  Joi.string()
    .max(40)
    .pattern(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'small letters, digits, - and _')
    .example(example);

/** A code of ours. */
export const wordIn = (example: string): Joi.StringSchema =>
  Joi.string()
    .max(40)
    .pattern(/^[a-z_]+$/, 'small letters and _')
    .example(example);

const said = (example: string): Joi.StringSchema =>
  text([3, 500], LINE, 'letters, digits, punctuation and spaces on one line').example(example);

/** Why it is proposed, and what shows that it is right. */
export const saidOfProposal = {
  reason: said('the bank has paid it').required(),
  evidence: said('line 12 of the statement of 28 November').required(),
};
export interface Said {
  reason: string;
  evidence: string;
}
export const note = said('the reference is of another line');

/** The reference of a line in the statement of our bank. */
export const statementReference = Joi.string()
  .max(60)
  .pattern(/^[A-Za-z0-9][A-Za-z0-9/_.-]{3,59}$/, '4 to 60 letters, digits and / _ . -')
  .example('SBINR52026112800001');

export const month = Joi.string()
  .max(7)
  .pattern(/^2\d{3}-(?:0[1-9]|1[0-2])$/, 'a month, as 2026-11')
  .example('2026-11');

/** A whole number in a query. */
export const numberIn = (least: number, most: number, example: string): Joi.StringSchema =>
  Joi.string()
    .max(9)
    .pattern(/^\d{1,9}$/, `a whole number from ${least} to ${most}`)
    .custom((typed: string, helpers) => {
      const value = Number(typed);
      return value >= least && value <= most
        ? value
        : breaks(helpers, `a whole number from ${least} to ${most}`);
    })
    .meta({ schema: {}, parameter: { type: 'integer', format: 'int64', minimum: least, maximum: most } })
    .example(example);
