/**
 * The steps of a payout by its scenario and the account that pays. On a Lite account a failure gives the money
 * back at once. A bank refuses a payout and takes nothing; where it fails after the debit, the payout is
 * `reversed` only when the money has come back (docs: x/payouts/states-life-cycle).
 */
import { SCENARIOS, type ScenarioCode, type Step } from '../scenarios';
import type { Account } from './account';

const SHORT: readonly Step[] = [{ to: 'failed', after: 'delay', reason: 'insufficient_funds' }];

export function stepsOf(
  { type }: Pick<Account, 'type'>,
  {
    scenario,
    isShort,
    debitPaise,
    creditPaise,
  }: { scenario: ScenarioCode; isShort: boolean; debitPaise: bigint; creditPaise: bigint },
): readonly Step[] {
  if (isShort) return SHORT;
  const { steps } = SCENARIOS[scenario];
  const last = steps.at(-1);
  return type === 'current_account' && last?.to === 'failed' && debitPaise > creditPaise
    ? [...steps, { to: 'reversed', after: 'slow', reason: last.reason }]
    : steps;
}

/** True if a bank refuses the payout before it takes anything. */
export function isRefusedUnpaid(
  { type, settings }: Pick<Account, 'type' | 'settings'>,
  scenario: ScenarioCode,
): boolean {
  return (
    type === 'current_account' &&
    !settings.isDebitedBeforeFailure &&
    SCENARIOS[scenario].steps.at(-1)?.to === 'failed'
  );
}
