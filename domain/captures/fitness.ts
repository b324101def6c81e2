import { fieldError } from '../errors/errors';
import { CAPTURE_ERRORS } from './errors';

/** How a finger has to be captured. */
export interface CaptureRule {
  /** `fType` of the RD service: 0 FMR, 1 FIR, 2 both in one block. */
  fingerType: number;
  /** `nmPoints` of the RD service. */
  leastPoints: number;
}

const RESP = /<Resp\s([^<>]*)>/;
const DATA = /<Data(?:\s([^<>]*))?>/;

/**
 * Refuses a capture that says itself that a bank would not take it, before anything is written: the customer
 * puts the finger down again, and nothing was tried. What a block does not say is left to the provider: a capture
 * of the iris has no type of a finger. Throws DomainError CAPTURE_UNFIT.
 */
export function refuseUnfit(pid: string, { fingerType, leastPoints }: CaptureRule): void {
  const resp = RESP.exec(pid)?.[1] ?? '';
  const form = valueOf(DATA.exec(pid)?.[1] ?? '', 'type');
  if (form !== undefined && form !== 'X') throw unfit('in the form X (format="0" in PidOptions)');
  const type = valueOf(resp, 'fType');
  if (type !== undefined && type !== String(fingerType))
    throw unfit(`with fType="${fingerType}" in PidOptions, which is what this bank takes`);
  const points = valueOf(resp, 'nmPoints')?.split(',').map(Number);
  if (points?.some((n) => n < leastPoints) === true)
    throw unfit(`again, with a clean finger pressed flat: ${leastPoints} points are needed (nmPoints)`);
}

function valueOf(attributes: string, name: string): string | undefined {
  return new RegExp(`(?:^|\\s)${name}\\s*=\\s*["']([^"']*)["']`).exec(attributes)?.[1];
}

function unfit(how: string): Error {
  return fieldError(CAPTURE_ERRORS.CAPTURE_UNFIT, '#/pid', `capture the finger ${how}`);
}
