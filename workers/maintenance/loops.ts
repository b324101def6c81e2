import type { AepsKeeper } from '../../domain/aeps/keeper';
import type { BeneficiaryMarks } from '../../domain/banks/marks';
import type { Captures } from '../../domain/captures/captures';
import type { ComplaintKeeper } from '../../domain/bbps/complaint-keeper';
import type { MoneyTransfer } from '../../domain/dmt/money-transfer';
import type { Validations } from '../../domain/validations/validations';
import { releaseEndedLien } from '../../domain/wallet-controls/controls';
import { allQueues } from '../../jobs';
import type { ProcessorDependencies } from '../processor';
import { keepAeps } from './aeps-keeper';
import { expireApprovals, type ApprovalKeeperDependencies } from './approval-keeper';
import { payInstantCommission, type CommissionPayerDependencies } from './commission-payer';
import { measureAll, type MeasureDependencies } from './measure';
import { pruneApiLog } from './api-log-pruner';
import { makeCodes, pruneCodes, type CodeMakerDependencies } from './code-maker';
import { keepCases, type CaseKeeperDependencies } from './case-keeper';
import { deleteOldCaptures } from './captures-deleter';
import { keepComplaints } from './complaint-keeper';
import { watchProviderFunds, type FundsWatcherDependencies } from './funds-watcher';
import { signAuditHead, type AuditSignerDependencies } from './audit-signer';
import { eraseOtps } from './otp-eraser';
import { pruneOtpCounts } from './otp-counts-pruner';
import { sendNotifications, pruneNotifications, type NotificationDependencies } from './notification-sender';
import { claimPolls, type PollClaimerDependencies } from './poll-claimer';
import { redrive, type RedriverDependencies } from './redriver';
import { keepKyc, type KycKeeperDependencies } from './kyc-keeper';
import { keepDisputes, tellDisputes, type DisputeLoopDependencies } from './disputes';
import { tellDataAnswers, type DataAnswersDependencies } from './data-answers';
import { remindOfKyc, type KycReminderDependencies } from './kyc-reminder';
import { renewKeys, type KeyRenewerDependencies } from './key-renewer';
import { markBeneficiaries } from './beneficiary-marker';
import { erasePastTime, type RetentionDependencies } from './retention';
import { tellOfPayees, type PayeeNoticesDependencies } from './payee-notices';
import { tellUntied, type UntiedNoticesDependencies } from './untied-notices';
import { expirePayoutFiles, payFromFiles, type PayoutFileWorkDependencies } from './payout-files';
import { importUsers, type UserImporterDependencies } from './user-importer';
import { keepNetwork, type NetworkKeeperDependencies } from './network-keeper';
import { askAfterRestore, type RestoreAskerDependencies } from './restore-asker';
import { countRisk, watchRisk, type RiskWatcherDependencies } from './risk-watcher';
import { raiseTurnaround } from './turnaround';
import { keepValidations } from './validation-keeper';
import { verifyStep, type VerifierLoopDependencies } from './verifier';

/**
 * The loops of the process of type `maintenance`. Each runs its round, waits `everyMs`, and runs it again.
 */
export interface LoopDefinition {
  name: string;
  everyMs: number;
  /** One round. Returns true when there is more to do at once. */
  run(deps: LoopDependencies): Promise<boolean>;
}

export type LoopDependencies = ProcessorDependencies &
  RedriverDependencies &
  PollClaimerDependencies &
  RestoreAskerDependencies &
  MeasureDependencies &
  CaseKeeperDependencies &
  ApprovalKeeperDependencies &
  AuditSignerDependencies &
  VerifierLoopDependencies &
  KeyRenewerDependencies &
  NetworkKeeperDependencies &
  KycKeeperDependencies &
  DataAnswersDependencies &
  DisputeLoopDependencies &
  KycReminderDependencies &
  UntiedNoticesDependencies &
  PayeeNoticesDependencies &
  NotificationDependencies &
  CodeMakerDependencies &
  UserImporterDependencies &
  PayoutFileWorkDependencies &
  RiskWatcherDependencies &
  RetentionDependencies &
  CommissionPayerDependencies &
  FundsWatcherDependencies & {
    aeps: { keeper: AepsKeeper };
    beneficiaryMarks: BeneficiaryMarks;
    captures: Captures;
    validations: Pick<Validations, 'keep'>;
    bbps: { complaintKeeper: ComplaintKeeper };
    moneyTransfer: Pick<MoneyTransfer, 'otpExpiry'>;
  };

/** Who earned it looks at the wallet within the minute. */
const INSTANT_MS = 15_000;
/** Work that customers wait for: a lost wake-up waits at least this long, an inquiry at most. */
const URGENT_MS = 500;
/** Somebody looks at a telephone. */
const PERSON_WAITS_MS = 250;
/** Work that is counted in minutes and days. */
const KEEPING_MS = 5_000;
/** People look at how far it is. */
const IMPORT_MS = 1_000;
const CLEANING_MS = 15_000;
const RESTORE_MS = 2_000;
/** What follows a finding can be stopped as soon as it is found. */
const RISK_MS = 2_000;
/** As often as it is read, more or less. */
const MEASURE_MS = 10_000;
/** A call to each provider. */
const FUNDS_MS = 30_000;
const RARE_MS = 60_000;
/** It looks whether the time of a step has come; the step sets the time of the next. */
const VERIFY_MS = 1_000;

export const LOOPS: readonly LoopDefinition[] = [
  { name: 'redrive', everyMs: URGENT_MS, run: redrive },
  { name: 'poll-claim', everyMs: URGENT_MS, run: claimPolls },
  { name: 'otp-erase', everyMs: URGENT_MS, run: (deps) => eraseOtps({ ...deps, ...deps.moneyTransfer }) },
  // A loop for each channel: one that hangs holds up nobody else.
  { name: 'notify-sms', everyMs: URGENT_MS, run: (deps) => sendNotifications(deps, 'sms') },
  { name: 'notify-email', everyMs: URGENT_MS, run: (deps) => sendNotifications(deps, 'email') },
  { name: 'sign-in-codes', everyMs: PERSON_WAITS_MS, run: makeCodes },
  { name: 'sign-in-codes-prune', everyMs: RARE_MS, run: pruneCodes },
  { name: 'notifications-prune', everyMs: RARE_MS, run: pruneNotifications },
  { name: 'api-log-prune', everyMs: RARE_MS, run: pruneApiLog },
  {
    name: 'queue-clean',
    everyMs: CLEANING_MS,
    run: ({ queues, providers }) => queues.clean(allQueues(providers)),
  },
  { name: 'otp-counts-prune', everyMs: RARE_MS, run: pruneOtpCounts },
  { name: 'captures-delete', everyMs: RARE_MS, run: deleteOldCaptures },
  { name: 'aeps-keep', everyMs: KEEPING_MS, run: keepAeps },
  { name: 'complaint-keep', everyMs: KEEPING_MS, run: keepComplaints },
  { name: 'validation-keep', everyMs: KEEPING_MS, run: keepValidations },
  { name: 'kyc-keep', everyMs: KEEPING_MS, run: keepKyc },
  { name: 'kyc-remind', everyMs: RARE_MS, run: remindOfKyc },
  { name: 'data-answers', everyMs: RARE_MS, run: tellDataAnswers },
  { name: 'payees-tell', everyMs: KEEPING_MS, run: tellOfPayees },
  { name: 'dispute-keep', everyMs: RARE_MS, run: keepDisputes },
  { name: 'dispute-tell', everyMs: RARE_MS, run: tellDisputes },
  { name: 'untied-tell', everyMs: RARE_MS, run: tellUntied },
  { name: 'restore-ask', everyMs: RESTORE_MS, run: askAfterRestore },
  { name: 'measure', everyMs: MEASURE_MS, run: measureAll },
  { name: 'case-keep', everyMs: KEEPING_MS, run: keepCases },
  { name: 'approval-expire', everyMs: RARE_MS, run: expireApprovals },
  { name: 'beneficiary-mark', everyMs: RARE_MS, run: markBeneficiaries },
  { name: 'funds-watch', everyMs: FUNDS_MS, run: watchProviderFunds },
  { name: 'audit-sign', everyMs: RARE_MS, run: signAuditHead },
  { name: 'verify', everyMs: VERIFY_MS, run: verifyStep },
  { name: 'key-renew', everyMs: KEEPING_MS, run: renewKeys },
  { name: 'user-import', everyMs: IMPORT_MS, run: importUsers },
  { name: 'payout-files', everyMs: IMPORT_MS, run: payFromFiles },
  { name: 'payout-files-expire', everyMs: RARE_MS, run: expirePayoutFiles },
  { name: 'network-keep', everyMs: RARE_MS, run: keepNetwork },
  { name: 'lien-end', everyMs: KEEPING_MS, run: releaseEndedLien },
  { name: 'risk-watch', everyMs: RISK_MS, run: watchRisk },
  { name: 'risk-count', everyMs: RARE_MS, run: countRisk },
  { name: 'retention', everyMs: RARE_MS, run: erasePastTime },
  { name: 'commission-instant', everyMs: INSTANT_MS, run: payInstantCommission },
  { name: 'turnaround', everyMs: RARE_MS, run: raiseTurnaround },
];
