import { businessDate } from '../../platform/clock';
import type { KeyedDigest } from '../../platform/encryption';
import { fieldError } from '../errors/errors';
import { placeInIndia } from '../india/position';
import { AEPS_ERRORS } from './errors';
import type { Paise } from '../../platform/money';

/**
 * A terminal's request with checked fields. Aadhaar number and PID block are never part of it: they go beside
 * it to the connector and nowhere else.
 */
export const AEPS_KINDS = ['withdrawal', 'merchant_payment'] as const;
export type AepsKind = (typeof AEPS_KINDS)[number];

/** Millionths of a degree: a position to about a hand's breadth, compared and stored as whole numbers. */
export interface Position {
  latMicro: number;
  longMicro: number;
}
export interface TerminalAt {
  id: string;
  latlong: string;
}
export interface AepsCustomer {
  mobile: string;
  /** IIN, or the provider's own code. */ bank: string;
}

export interface AepsOrder {
  kind: AepsKind;
  amountPaise: Paise;
  currency: 'INR';
  reference: string;
  customer: AepsCustomer;
  terminal: TerminalAt;
  /** The one-time password that the finger was captured with, by our id of it. */
  otpId?: string | undefined;
}

const MICRO = 1_000_000;

/**
 * The position that a terminal states. Throws DomainError AEPS_POSITION_INVALID if it is malformed or outside
 * India.
 */
export function positionOf(latlong: string, pointer = '#/terminal/latlong'): Position {
  const place = placeInIndia(latlong);
  if (place === undefined) {
    const detail = 'must be <latitude>,<longitude> of a place in India, with four decimals at least';
    throw fieldError(AEPS_ERRORS.AEPS_POSITION_INVALID, pointer, detail);
  }
  return { latMicro: Math.round(place.lat * MICRO), longMicro: Math.round(place.long * MICRO) };
}

const EARTH_RADIUS_M = 6_371_000;

/** The distance between two positions, metres (haversine). */
export function distanceM(a: Position, b: Position): number {
  const radians = (micro: number): number => (micro / MICRO) * (Math.PI / 180);
  const halfLat = Math.sin(radians(b.latMicro - a.latMicro) / 2);
  const halfLong = Math.sin(radians(b.longMicro - a.longMicro) / 2);
  return (
    2 *
    EARTH_RADIUS_M *
    Math.asin(
      Math.sqrt(halfLat ** 2 + Math.cos(radians(a.latMicro)) * Math.cos(radians(b.latMicro)) * halfLong ** 2),
    )
  );
}

/**
 * A keyed digest of the order, with which a second use of the key is compared. It leaves out the biometrics,
 * because a fingerprint is captured anew for each try.
 */
export function hashOrder(digest: KeyedDigest, o: AepsOrder): readonly Buffer[] {
  return digest.every(
    'request',
    JSON.stringify([
      'aeps',
      o.kind,
      o.amountPaise.toString(),
      o.currency,
      o.reference,
      o.customer.mobile,
      o.customer.bank,
      o.terminal.id,
      o.terminal.latlong,
      ...(o.otpId === undefined ? [] : [o.otpId]),
    ]),
  );
}

/**
 * The same of a request for a one-time password. It leaves out the Aadhaar number, like that of an order.
 */
export function hashOtpOrder(
  digest: KeyedDigest,
  { amountPaise, currency, customer, terminal }: Omit<AepsOrder, 'kind' | 'reference' | 'otpId'>,
): readonly Buffer[] {
  const of = [
    amountPaise.toString(),
    currency,
    customer.mobile,
    customer.bank,
    terminal.id,
    terminal.latlong,
  ];
  return digest.every('request', JSON.stringify(['aeps_withdrawal_otp', ...of]));
}

/**
 * Identifies a customer across agents within a month of India: a keyed hash of the Aadhaar number, which the
 * provider checks against the finger. Limits go by it, since a caller cannot choose it. Two months cannot be
 * put together.
 */
export function customerRefOf(digest: KeyedDigest, aadhaar: string, at: Date): Buffer {
  return digest.inMonthOf(at, `aeps.customer.${businessDate(at).slice(0, 7)}`, aadhaar);
}

const CUSTOMER = 'aeps.customer';

/**
 * A keyed hash of the mobile number that was given for a customer. A password and its withdrawal must have the
 * same.
 */
export function customerOf(digest: KeyedDigest, mobile: string, at: Date): Buffer {
  return digest.inMonthOf(at, CUSTOMER, mobile);
}

/** All that it may be, for whoever looks for a customer. */
export function everyCustomer(digest: KeyedDigest, mobile: string): readonly Buffer[] {
  return digest.every(CUSTOMER, mobile);
}
