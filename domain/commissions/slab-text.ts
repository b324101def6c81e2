import { DomainError } from '../errors/errors';
import { USER_TYPES } from '../users/types';
import { COMMISSION_ERRORS } from './errors';
import type { Share, Slab } from './rule-check';

/**
 * Slabs as one text, in which they wait for a second person and are typed by staff: slabs are separated by `;`, and
 * each is `FROM-TO:` with its shares, separated by `,`. Amounts are paise. A share is `LEVEL=FLAT`, `LEVEL=BPSbp`,
 * `LEVEL=FLAT+BPSbp`, each with `<CAP` for the most; of a slab that begins with `%`, basis points of the commission:
 *
 *   100-100000:retailer=200,distributor=25;100001-500000:retailer=40bp<1300
 *   %100-500000:retailer=7000bp,distributor=1000bp
 */
const SLAB = /^(%?)(\d{1,13})-(\d{1,13}):(.*)$/;
const SHARE = /^([a-z_]+)=(?:(\d{1,13})|(?:(\d{1,13})\+)?(\d{1,5})bp)(?:<(\d{1,13}))?$/;

export function slabsToText(slabs: readonly Slab[]): string {
  return slabs
    .map(
      ({ fromPaise, toPaise, basis, shares }) =>
        `${basis === 'commission' ? '%' : ''}${fromPaise}-${toPaise}:${shares.map(shareToText).join(',')}`,
    )
    .join(';');
}

function shareToText({ level, flatPaise, bps, capPaise }: Share): string {
  const percent = flatPaise === 0n ? `${bps}bp` : `${flatPaise}+${bps}bp`;
  return `${level}=${bps === 0 ? flatPaise.toString() : percent}${capPaise === null ? '' : `<${capPaise}`}`;
}

/** Throws DomainError COMMISSION_RULE_INVALID, which names the slab that cannot be read. */
export function slabsFromText(typed: string): Slab[] {
  if (typed.trim() === '') return [];
  return typed.split(';').map((one, i) => slabFromText(one.trim(), i));
}

function slabFromText(typed: string, i: number): Slab {
  const [, percent, from, to, shares] = SLAB.exec(typed) ?? [];
  if (from === undefined || to === undefined || shares === undefined)
    throw unreadable(`slabs[${i}]`, 'it is FROM-TO:LEVEL=SHARE,…, with amounts in paise');
  return {
    fromPaise: BigInt(from),
    toPaise: BigInt(to),
    basis: percent === '%' ? 'commission' : 'amount',
    shares:
      shares === ''
        ? []
        : shares.split(',').map((one, n) => shareFromText(one.trim(), `slabs[${i}].shares[${n}]`)),
  };
}

function shareFromText(typed: string, field: string): Share {
  const [, level, flat, before, bps, cap] = SHARE.exec(typed) ?? [];
  const known = USER_TYPES.find((type) => type === level);
  if (known === undefined)
    throw unreadable(field, `it is LEVEL=SHARE, with one of the levels ${USER_TYPES.join(', ')}`);
  return {
    level: known,
    flatPaise: BigInt(flat ?? before ?? 0),
    bps: Number(bps ?? 0),
    capPaise: cap === undefined ? null : BigInt(cap),
  };
}

const unreadable = (field: string, reason: string): DomainError =>
  new DomainError(COMMISSION_ERRORS.COMMISSION_RULE_INVALID, { detail: `${field}: ${reason}` });
