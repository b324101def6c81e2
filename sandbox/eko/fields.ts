/**
 * The parameters of one request from its path, query and JSON body. Every reader throws what Eko would
 * answer: 97 for a missing value, 461 for one of the wrong format. Biometric blocks and Aadhaar numbers are
 * checked here and go no further.
 */
import { paiseFromField } from './amounts';
import { invalidName, invalidParam, missingParam } from './answers';
import { holdsOtp } from './finger';

export const MOBILE = /^[6-9]\d{9}$/;
export const IFSC = /^[A-Z]{4}0[A-Z0-9]{6}$/;
export const ACCOUNT = /^[A-Za-z0-9]{5,35}$/;
export const NAME = /^[\p{L}\p{M}0-9 .,'’&()/-]{1,100}$/u;
export const OTP = /^\d{4,8}$/;
export const CLIENT_REF = /^[A-Za-z0-9_-]{1,20}$/;
const LATLONG = /^-?\d{1,2}(\.\d{1,10})?, ?-?\d{1,3}(\.\d{1,10})?$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const RSA_BLOCK_BYTES = new Set([128, 256, 512]);
const MAX_AMOUNT_PAISE = 1_000_000_000_000n;

export interface Fields {
  has(name: string): boolean;
  /** A text, or a number as text. */
  text(name: string, form: RegExp): string;
  optional(name: string, form: RegExp): string | null;
  /** Rupees, above zero. */
  amountPaise(name: string): bigint;
  integer(name: string, max: number): number;
  /** Checks the base64 text of an RSA block, which is then dropped. */
  checkAadhaar(name: string): void;
  /**
   * The capture in a block. A text that is not a PID block at all is 461. `strict` is Fingpay's form: the
   * finger type that the customer's bank takes, and a quality of 35 points.
   */
  checkBiometrics(name: string, rules: { strict?: { fingerType: number } }): 'good' | 'bad';
  /** Whether the block was captured with this one-time password. */
  holdsOtp(name: string, otp: string): boolean;
  checkPlace(name: string): void;
  place(name: string): string;
}

export function createFields(values: Readonly<Record<string, unknown>>): Fields {
  function raw(name: string): string | null {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (typeof value === 'number' && Number.isFinite(value)) return String(value);
    if (value === undefined || value === null || value === '') return null;
    if (typeof value !== 'string') throw invalidParam(name);
    return value;
  }

  function required(name: string): string {
    const value = raw(name);
    if (value === null) throw missingParam(name);
    return value;
  }

  function matching(name: string, value: string, form: RegExp): string {
    if (value.length > 500 || !form.test(value)) throw form === NAME ? invalidName(name) : invalidParam(name);
    return value;
  }

  return {
    has: (name) =>
      Object.hasOwn(values, name) &&
      values[name] !== '' &&
      values[name] !== null &&
      values[name] !== undefined,
    text: (name, form) => matching(name, required(name), form),
    optional(name, form) {
      const value = raw(name);
      return value === null ? null : matching(name, value, form);
    },
    amountPaise(name) {
      const paise = paiseFromField(required(name));
      if (paise === undefined || paise <= 0n || paise > MAX_AMOUNT_PAISE) throw invalidParam(name);
      return paise;
    },
    integer(name, max) {
      const value = Number(matching(name, required(name), /^\d{1,10}$/));
      if (value > max) throw invalidParam(name);
      return value;
    },
    checkAadhaar(name) {
      const value = required(name);
      // Eko reports a wrongly encrypted number as missing.
      if (
        value.length > 1_024 ||
        !BASE64.test(value) ||
        !RSA_BLOCK_BYTES.has(Buffer.from(value, 'base64').length)
      )
        throw missingParam(name);
    },
    checkBiometrics: (name, { strict }) => biometricsOf(required(name), name, strict),
    holdsOtp: (name, otp) => holdsOtp(required(name), otp),
    checkPlace(name) {
      matching(name, required(name), LATLONG);
    },
    place: (name) => matching(name, required(name), LATLONG),
  };
}

const LEAST_POINTS = 35;

/**
 * `strict` is Fingpay's format: an encrypted block of type X with the certificate of the device, of a finger
 * captured as the bank wants it. A capture that says nothing of a finger is one of the iris.
 */
function biometricsOf(
  block: string,
  name: string,
  strict: { fingerType: number } | undefined,
): 'good' | 'bad' {
  if (!/^\s*(<\?xml[^>]{0,200}\?>\s*)?<PidData[\s>]/.test(block) || !/<\/PidData>\s*$/.test(block))
    throw invalidParam(name);
  if (strict !== undefined && !isAsFingpayWants(block, strict.fingerType)) return 'bad';
  const error = /errCode=["'](\w{1,10})["']/.exec(block);
  return error !== null && error[1] !== '0' ? 'bad' : 'good';
}

function isAsFingpayWants(block: string, fingerType: number): boolean {
  if (!/<Data\s[^>]*type=["']X["']/.test(block) || !/<DeviceInfo\s[^>]*mc=["']/.test(block)) return false;
  const [, type] = /<Resp\s[^>]*fType=["'](\d)["']/.exec(block) ?? [];
  const [, points] = /<Resp\s[^>]*nmPoints=["'](\d{1,3})["']/.exec(block) ?? [];
  return Number(type) === fingerType && Number(points) >= LEAST_POINTS;
}
