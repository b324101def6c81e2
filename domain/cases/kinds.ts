/**
 * Every kind of case: the question that it asks, the evidence that answers it, what may be chosen and what
 * closes it without a person. `docs/cases.md` is written from this table.
 *
 * Choices:
 *   decide     say what became of the transaction. Which outcomes are open depends on its state
 *              (domain/decisions); two persons, and a posting that follows from the outcome.
 *   write_off  the provider keeps money that we gave back: our loss. Two persons.
 *   charge     the provider took another charge than the customer paid, and suspense carries the difference:
 *              say where it belongs. Two persons.
 *   release    it was stopped before it was sent, and may be sent now. Two persons.
 *   settle     what becomes of a break of a reconciliation (`munim recon settle|link`): two persons.
 *   judge      a rule of risk was right, or it was a false alarm: one person says so (`munim risk judge`).
 *   close      nothing is posted: one person notes what was found.
 */
export type CaseChoice = 'decide' | 'write_off' | 'charge' | 'release' | 'judge' | 'settle' | 'close';

/** When a case closes by itself; `rulesFor` in keeper.ts says what each means of the rows. */
export type ClosesWhen =
  | 'finished'
  | 'attempt_ended'
  | 'out_of_review'
  | 'answered_since'
  | 'driven'
  | 'inquiry_answered'
  | 'matched'
  | 'its_service'
  | 'holds_again'
  | 'agrees_again'
  | 'never';

export interface CaseKindDefinition {
  question: string;
  evidence: string;
  choices: readonly CaseChoice[];
  closes: ClosesWhen;
}

const STATEMENT = "the provider's statement, or its written answer, with our reference";

const unexpected = (what: string): CaseKindDefinition => ({
  question: `The provider reports ${what} that does not follow from what we recorded. What is true?`,
  evidence: STATEMENT,
  choices: ['decide', 'close'],
  closes: 'answered_since',
});

export const CASE_KINDS = {
  polling_exhausted: {
    question: 'What became of it? The provider has given no final answer in the time for polling.',
    evidence: STATEMENT,
    choices: ['decide'],
    closes: 'attempt_ended',
  },
  turnaround_passed: {
    question: 'When will it end? The last day that the RBI allows (`expected_by`) has passed.',
    evidence: STATEMENT,
    choices: ['decide'],
    closes: 'finished',
  },
  not_found_unresolved: {
    question: 'Does the provider have it? It says no, and its rules allow no repeat.',
    evidence: STATEMENT,
    choices: ['decide'],
    closes: 'attempt_ended',
  },
  not_found_contradicted: {
    question:
      'Does the provider have it? It has shown the payment before and does not find it. It is neither sent again nor failed.',
    evidence: STATEMENT,
    choices: ['decide'],
    closes: 'attempt_ended',
  },
  duplicate_at_provider: {
    question:
      'Which of them moved money? The provider has several payments under one reference of ours. Nothing is sent again.',
    evidence: STATEMENT + '; for what was paid twice, its promise to give one back',
    choices: ['decide', 'close'],
    closes: 'never',
  },
  provider_refuses_us: {
    question:
      'What is wrong with our set-up? The provider refuses our calls for a service, and not a payment. Payments wait.',
    evidence: "our keys, address, account and product beside the provider's dashboard",
    choices: ['close'],
    closes: 'its_service',
  },
  provider_funds_short: {
    question:
      'When is our account with the provider filled up? It holds too little: payments fail there for our balance, or wait. ' +
      'They are sent by themselves when there is money.',
    evidence: "the provider's own balance (`provider_balances`), and its statement",
    choices: ['close'],
    closes: 'its_service',
  },
  repeat_differs: {
    question: 'Why would the repeat not be byte-identical to the first request? Nothing is sent meanwhile.',
    evidence: 'what changed in the stored beneficiary or the connector since; then ' + STATEMENT,
    choices: ['decide'],
    closes: 'attempt_ended',
  },
  amount_mismatch: {
    question: 'Which amount was paid? The provider speaks of another one than ours.',
    evidence: STATEMENT,
    choices: ['decide', 'close'],
    closes: 'inquiry_answered',
  },
  inquiry_unanswered: {
    question: 'Is its state still what we recorded? The provider does not answer inquiries about it.',
    evidence: STATEMENT,
    choices: ['decide', 'close'],
    closes: 'inquiry_answered',
  },
  drives_exhausted: {
    question: 'What keeps the work from having an effect? It was driven ten times; driving goes on.',
    evidence: 'the error of its id in the logs: usually a missing provider setting, an empty wallet or a bug',
    choices: ['close'],
    closes: 'driven',
  },
  late_success: {
    question:
      'Who bears it? The provider carried it out after we had given the money back, or after a terminal had gone.',
    evidence: STATEMENT + '; for cash, what the agent and the customer say in writing',
    choices: ['decide'],
    closes: 'out_of_review',
  },
  outcome_in_review: {
    question: 'An outcome arrived for a transaction in review. What does it change?',
    evidence: STATEMENT,
    choices: ['decide'],
    closes: 'out_of_review',
  },
  outcome_of_abandoned_attempt: {
    question:
      'What became of an attempt that we had declared unsent? Nothing more is sent for the transaction while this is open.',
    evidence: 'the written answer of the provider about that attempt (`dispatch_attempts.our_reference`)',
    choices: ['decide', 'close'],
    closes: 'out_of_review',
  },
  contradiction_succeeded: {
    question: 'The provider said that the money came back, and now that it was paid. Which is it?',
    evidence: STATEMENT,
    choices: ['write_off', 'close'],
    closes: 'answered_since',
  },
  contradiction_failed: {
    question: 'The provider said that it was paid, and now that it failed. Which is it?',
    evidence: STATEMENT,
    choices: ['decide', 'close'],
    closes: 'answered_since',
  },
  unexpected_succeeded: unexpected('a success'),
  unexpected_failed: unexpected('a failure'),
  unexpected_reversed: unexpected('a reversal'),
  unexpected_refund_pending: {
    question:
      'The provider reports a refund that waits for consent, and we had given the money back. What is true?',
    evidence: STATEMENT,
    choices: ['close'],
    closes: 'answered_since',
  },
  unexpected_refunded: unexpected('a refund'),
  restore_not_held: {
    question:
      'Who brings the money? The provider has paid it, and after a restore the wallet or the limit is short of it.',
    evidence: STATEMENT + '; then credit the wallet, and it goes on by itself',
    choices: ['decide'],
    closes: 'finished',
  },
  restore_conflict: {
    question:
      'What became of an attempt from before a restore? The provider knows it, and the transaction has gone on without it.',
    evidence: STATEMENT,
    choices: ['decide', 'close'],
    closes: 'never',
  },
  restore_uncertain: {
    question: 'Was it sent after the point to which the database was restored? The provider does not say.',
    evidence: STATEMENT + '; then `npm run restore -- clear`',
    choices: ['decide', 'close'],
    closes: 'finished',
  },
  restore_paid_twice: {
    question: 'Which of its attempts were paid? After a restore the provider knows several.',
    evidence: STATEMENT,
    choices: ['close'],
    closes: 'never',
  },
  provider_payment_unknown: {
    question: 'Whose payment is it? The provider lists it, and after a restore the books do not know it.',
    evidence: STATEMENT,
    choices: ['close'],
    closes: 'matched',
  },
  commission_differs: {
    question:
      'Which commission did it credit? It stated another commission or TDS than the one that was posted, which stays.',
    evidence: "the provider's answer, and its statement of the day",
    choices: ['close'],
    closes: 'never',
  },
  provider_fee_differs: {
    question:
      'Which fee is right? An inquiry states another fee of the provider than the one that was posted.',
    evidence: "the provider's answer, and its statement of the day",
    choices: ['close'],
    closes: 'never',
  },
  charge_differs: {
    question:
      'Which charge is right? It took another one than the customer paid; the difference is in `suspense:<provider>`.',
    evidence:
      "the provider's price list beside `charges`; correct the row from the next day on, or have it corrected",
    choices: ['charge', 'close'],
    closes: 'never',
  },
  callback_unmatched: {
    question:
      'Whose payment is it? A callback belongs to no attempt of ours: somebody may pay from our float.',
    evidence: "the provider's answer about the reference in the callback",
    choices: ['close'],
    closes: 'matched',
  },
  callback_malformed: {
    question: 'Has the contract changed? A callback is not in its form; the transaction is polled meanwhile.',
    evidence: "the provider's newest documentation",
    choices: ['close'],
    closes: 'never',
  },
  callback_contradicted: {
    question:
      'Has the money come back? An unsigned callback says so, and the provider, when asked, denies it. It is ' +
      'asked again on the following days.',
    evidence: STATEMENT,
    choices: ['decide', 'close'],
    closes: 'answered_since',
  },
  callback_amount_mismatch: {
    question: 'Which amount was paid? A callback speaks of another one than ours.',
    evidence: STATEMENT,
    choices: ['close'],
    closes: 'never',
  },
  callback_account_mismatch: {
    question: 'Which account was paid? A callback speaks of another one than ours.',
    evidence: STATEMENT,
    choices: ['close'],
    closes: 'never',
  },
  callback_payout_mismatch: {
    question:
      'Were two payments made under one reference of ours? A callback names another one than we hold.',
    evidence: STATEMENT,
    choices: ['close'],
    closes: 'never',
  },
  complaint_unconfirmed: {
    question: 'Does the provider have the complaint? It did not say; it is looked up there.',
    evidence: "the provider's list of complaints",
    choices: ['close'],
    closes: 'its_service',
  },
  complaint_refund_missing: {
    question: 'Where is the refund with which a complaint ended? Setu has not credited the payment back.',
    evidence: "Setu's answer about the adjustment",
    choices: ['decide', 'close'],
    closes: 'its_service',
  },
  biller_pattern_unusable: {
    question: 'Can the biller be served? Patterns of its parameters cannot be checked here; lengths are.',
    evidence: 'the entry of the biller in the catalogue',
    choices: ['close'],
    closes: 'never',
  },
  verification_failed: {
    question: 'What changed the books? A check of `npm run verify` does not hold for a row.',
    evidence: 'docs/runbooks/verifier.md; `npm run verify` beside the log and the backup',
    choices: ['close'],
    closes: 'holds_again',
  },
  audit_chain_broken: {
    question: 'Who changed the audit log? A row of it was altered, removed or put in.',
    evidence: 'docs/runbooks/audit-chain.md; the heads that are kept outside the database, and the backup',
    choices: ['close'],
    closes: 'holds_again',
  },
  audit_chain_cut: {
    question: 'Who cut off the end of the audit log? A link that a process had seen is not there any more.',
    evidence:
      'docs/runbooks/audit-chain.md; the log of the maintenance process, which names each newest link',
    choices: ['close'],
    closes: 'never',
  },
  aeps_refund_pending: {
    question: 'Has the customer got the money back at their bank? The withdrawal failed after the debit.',
    evidence: STATEMENT,
    choices: ['decide'],
    closes: 'finished',
  },
  aeps_not_acknowledged: {
    question: 'Was the cash handed out? The wallet was credited, and the terminal has not said.',
    evidence: 'what the agent says in writing',
    choices: ['close'],
    closes: 'its_service',
  },
  aeps_cash_not_handed_out: {
    question:
      'When does the customer get the amount back? The wallet was credited, and no cash was handed out.',
    evidence: "the reversal in the provider's statement",
    choices: ['decide', 'close'],
    closes: 'answered_since',
  },
  aeps_cash_without_success: {
    question: "Was cash handed out without a success? It is the agent's loss, and may be fraud.",
    evidence: 'what the agent says in writing, and the log of the terminal',
    choices: ['close'],
    closes: 'never',
  },
  aeps_velocity: {
    question: 'Is the agent at work, or a thief? Its activity exceeds a rule of `aeps_velocity_policies`.',
    evidence: "the agent's transactions of the window, and a call to the agent",
    choices: ['close'],
    closes: 'never',
  },
  safeguarding_shortfall: {
    question:
      'Where is the money? At the end of a day users were owed more than stood on our bank accounts, at providers and in what they owe us.',
    evidence:
      'balances by account: the trial balance of the day; statements of the bank and of the providers',
    choices: ['close'],
    closes: 'its_service',
  },
  tax_remittance_due: {
    question:
      'When is it paid to the state? A tax that we owe is due within days, or late (`tax_due_rules`).',
    evidence: '`munim tax dues`; the challan of the portal, and the line of the bank statement that paid it',
    choices: ['close'],
    closes: 'its_service',
  },
  tax_overpaid: {
    question:
      'Who claims it back? More was paid to the state by a section that has ended than was deducted by it in the end.',
    evidence: '`munim tax dues`; the claim of the portal (Form 26B), or the statement that was corrected',
    choices: ['close'],
    closes: 'its_service',
  },
  user_closed_owing: {
    question:
      'Who asks for it? A user was closed who owes us money. No commission comes any more that would pay it.',
    evidence: 'the payouts of the account in the evidence; what the user has paid, or who has given it up',
    choices: ['close'],
    closes: 'never',
  },
  settlement_contradicted: {
    question:
      'What has the bank done? Its answer about a settlement does not fit what it said before, or what our file said. Nothing was posted.',
    evidence: "the bank's statement of that day, and its written answer with our reference",
    choices: ['close'],
    closes: 'never',
  },
  dispute_answered: {
    question:
      'Has the network got it? An agent has answered a claim on a transaction: contested it, or accepted it.',
    evidence: "`munim dispute show`; the network's confirmation of what was sent, and its last word",
    choices: ['close'],
    closes: 'its_service',
  },
  dispute_unanswered: {
    question: 'What is sent to the network? The last day of a claim has passed without a word of the agent.',
    evidence: "`munim dispute show`; a call to the agent; the network's last word",
    choices: ['close'],
    closes: 'its_service',
  },
  reversed_after_dispute: {
    question:
      'Was it taken twice? A provider says that a transaction came back, of which a claim was lost. Nothing was posted.',
    evidence: 'the settlement of the provider for both; ' + STATEMENT,
    choices: ['close'],
    closes: 'never',
  },
  risk_alarm: {
    question: 'Is it fraud? What was done exceeds a rule of `risk_rules`.',
    evidence: 'the transactions of the window, the people who made them, and a call to them',
    choices: ['judge'],
    closes: 'never',
  },
  risk_hold: {
    question: 'May it be sent? A rule has stopped it before that, and its money is held.',
    evidence:
      'who is paid, and a call to whoever pays; of a listed name, what shows that it is another person',
    choices: ['release', 'decide'],
    closes: 'out_of_review',
  },
  recon_break: {
    question:
      'Where does the money belong? A report or a bank statement and our books do not fit; what moved is in suspense.',
    evidence: 'both sides in `munim recon show`; ' + STATEMENT,
    choices: ['settle'],
    closes: 'agrees_again',
  },
  recon_status: {
    question: 'Which of the two is true? A report says another end of the transaction than we recorded.',
    evidence: 'both sides in `munim recon show`; ' + STATEMENT,
    choices: ['settle', 'close'],
    closes: 'agrees_again',
  },
  recon_difference: {
    question:
      'Which figure is right? A report and our books differ about a fee, a commission, a reference or a payment that is missing.',
    evidence: 'both sides in `munim recon show`; ' + STATEMENT,
    choices: ['settle', 'close'],
    closes: 'agrees_again',
  },
  recon_suspense_aged: {
    question: 'Who decides about the money that has been in suspense for long?',
    evidence: '`munim recon breaks`, by age',
    choices: ['close'],
    closes: 'agrees_again',
  },
  recon_report_missing: {
    question: "Where is the provider's report? Without it the payments of a day are not reconciled.",
    evidence: "the file in the provider's dashboard: `munim recon import`",
    choices: ['close'],
    closes: 'agrees_again',
  },
  calendar_year_missing: {
    question: 'Which are the bank holidays of that year? They are not loaded, and settlements wait for them.',
    evidence: "the RBI's list of holidays: a file in `policies/`, then `npm run policies`",
    choices: ['close'],
    closes: 'never',
  },
  aeps_far_from_shop: {
    question: 'Why was the terminal far from the registered shop?',
    evidence: 'a call to the agent',
    choices: ['close'],
    closes: 'never',
  },
} as const satisfies Readonly<Record<string, CaseKindDefinition>>;

export type CaseKind = keyof typeof CASE_KINDS;

/** The definition of a kind that was read from a row; undefined for one that this version does not know. */
export function caseKind(kind: string): CaseKindDefinition | undefined {
  return Object.hasOwn(CASE_KINDS, kind) ? CASE_KINDS[kind as CaseKind] : undefined;
}
