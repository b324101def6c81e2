import type { ErrorDefinition } from '../errors/errors';
import { fieldError } from '../errors/errors';
import type { BankRail, BankStatus, Policies } from '../policies/policies';
import { BANK_ERRORS } from './errors';
import { bankCodeOf, bankOfIfsc, findIfsc, IFSC_LIST } from './list';

/**
 * What we know of an IFSC. Its first four letters name the bank, the last six the branch. Branches open faster
 * than any list of them is renewed, so a code that no list has had yet is a warning, and what is known of its
 * bank still counts. A code that the list once had and lost has ended. A bank that is merged keeps at most a
 * code or two for its treasury; every other code of it has ended, and we name the bank that followed it. We
 * never say what the new code is: only the beneficiary's bank knows.
 */
export type IfscVerdict =
  | { is: 'good' }
  | { is: 'unknown'; code: WarningCode; detail: string }
  | { is: 'ended' | 'closed'; detail: string };

/** What judging needs: the rows of `bank_statuses` in force. */
export type BankRows = Pick<Policies, 'bankStatus'>;

export function judgeIfsc(banks: BankRows, ifsc: string, at: Date): IfscVerdict {
  const bank = bankCodeOf(ifsc);
  const status = banks.bankStatus(bank, at);
  if (status?.status === 'closed')
    return {
      is: 'closed',
      detail: `${named(bank)} has been closed since ${status.from}; pay to an account at another bank`,
    };
  const found = findIfsc(ifsc);
  if (found === 'listed') return { is: 'good' };
  if (status?.status === 'merged') return { is: 'ended', detail: mergedDetail(bank, status) };
  if (typeof found === 'object')
    return {
      is: 'ended',
      detail:
        `the list of IFSCs has not had it since ${found.on}; ` +
        'ask the beneficiary for the IFSC that their bank gives now',
    };
  const list = `our list of IFSCs (release ${IFSC_LIST.release} of ${IFSC_LIST.releasedOn})`;
  return found === 'bank_unknown'
    ? {
        is: 'unknown',
        code: 'IFSC_BANK_UNKNOWN',
        detail: `${list} has no bank of this IFSC; look at it once more`,
      }
    : {
        is: 'unknown',
        code: 'IFSC_BRANCH_UNKNOWN',
        detail: `${list} has no such branch of ${named(bank)}; look at it once more`,
      };
}

function mergedDetail(bank: string, { successor, successorName }: BankStatus): string {
  const codes = successor === null ? '' : ` (its IFSCs begin with ${successor})`;
  return `${named(bank)} is now ${successorName}${codes}; ask the beneficiary for the new IFSC`;
}

function named(bank: string): string {
  const name = bankOfIfsc(bank);
  return name === null ? `the bank ${bank}` : `${name} (${bank})`;
}

/** A thing that a caller should look at, in an answer that was given nevertheless. */
export type WarningCode = 'IFSC_BANK_UNKNOWN' | 'IFSC_BRANCH_UNKNOWN';
export interface Warning {
  pointer: string;
  code: WarningCode;
  detail: string;
}
/** Told beside the answer; empty for an IFSC that is good. */
export type Warned = { warnings?: Warning[] };

/** Where money is to go, and where in the request that stands. */
export interface Destination {
  ifsc: string;
  pointer: string;
  at: Date;
}

/**
 * Refuses an IFSC that cannot be paid, and warns of one that we do not know. Throws DomainError IFSC_ENDED,
 * BANK_CLOSED.
 */
export function requireIfsc(banks: BankRows, { ifsc, pointer, at }: Destination): Warned {
  const verdict = judgeIfsc(banks, ifsc, at);
  if (verdict.is === 'good') return {};
  if (verdict.is === 'unknown')
    return { warnings: [{ pointer, code: verdict.code, detail: verdict.detail }] };
  throw fieldError(REFUSALS[verdict.is], pointer, verdict.detail);
}

const REFUSALS: Readonly<Record<'ended' | 'closed', ErrorDefinition>> = {
  ended: BANK_ERRORS.IFSC_ENDED,
  closed: BANK_ERRORS.BANK_CLOSED,
};

/** Whether the bank of an IFSC takes part in a rail, as far as rows say. */
export function isOnRail(banks: BankRows, ifsc: string, rail: BankRail, at: Date): boolean {
  return banks.bankStatus(bankCodeOf(ifsc), at)?.notOn.includes(rail) !== true;
}

/** Throws DomainError BANK_NOT_ON_RAIL. */
export function requireRail(banks: BankRows, rail: BankRail, { ifsc, pointer, at }: Destination): void {
  if (!isOnRail(banks, ifsc, rail, at))
    throw fieldError(
      BANK_ERRORS.BANK_NOT_ON_RAIL,
      pointer,
      `${named(bankCodeOf(ifsc))} is not reached by ${rail}; choose another mode or another account`,
    );
}

/** Why a stored beneficiary has to be asked for a new account; null when nothing speaks against the old one. */
export const RECONFIRM = ['ifsc_ended', 'bank_closed'] as const;
export type Reconfirm = (typeof RECONFIRM)[number];
export function reconfirmOf(banks: BankRows, ifsc: string, at: Date): Reconfirm | null {
  const { is } = judgeIfsc(banks, ifsc, at);
  if (is === 'ended') return 'ifsc_ended';
  return is === 'closed' ? 'bank_closed' : null;
}
