import { aepsRoutes } from '../routes/aeps';
import { aepsAgentRoutes } from '../routes/aeps-agent';
import { bbpsRoutes } from '../routes/bbps';
import { bbpsPaymentRoutes } from '../routes/bbps-payments';
import { beneficiaryRoutes } from '../routes/beneficiaries';
import { callbackRoutes } from '../routes/callbacks';
import { consentRoutes } from '../routes/consents';
import { dataRequestRoutes } from '../routes/data-requests';
import { deliveryReportRoutes } from '../routes/delivery-reports';
import { collectionRoutes } from '../routes/collections';
import { confirmationRoutes } from '../routes/confirmations';
import { commissionRoutes } from '../routes/commissions';
import { descriptionRoutes } from '../routes/description';
import { disputeRoutes } from '../routes/disputes';
import { dmtRoutes } from '../routes/dmt';
import { dmtPartRoutes } from '../routes/dmt-parts';
import { dmtSenderRoutes } from '../routes/dmt-senders';
import { docsRoutes } from '../routes/docs';
import { fundRequestRoutes } from '../routes/fund-requests';
import { healthRoutes } from '../routes/health';
import { kycOfOthersRoutes } from '../routes/kyc-of-others';
import { kycRoutes } from '../routes/kyc';
import { oauthRoutes } from '../routes/oauth';
import { payoutRoutes } from '../routes/payouts';
import { problemRoutes } from '../routes/problems';
import { rechargeRoutes } from '../routes/recharge';
import { refundRoutes } from '../routes/refunds';
import { reportRoutes } from '../routes/reports';
import { settlementRoutes } from '../routes/settlements';
import { sessionRoutes } from '../routes/sessions';
import { signInRoutes } from '../routes/sign-in';
import { taxDocumentRoutes } from '../routes/tax-documents';
import { statementRoutes } from '../routes/statements';
import { transactionRoutes } from '../routes/transactions';
import { walletTransferRoutes } from '../routes/wallet-transfers';
import { walletRoutes } from '../routes/wallets';
import { payoutFileRoutes } from '../routes/payout-files';
import { userImportRoutes } from '../routes/user-imports';
import { userThingsRoutes } from '../routes/user-things';
import { userRoutes } from '../routes/users';
import type { Route } from './route';

/** Every route of the API, in the order of its pages. */
export const ROUTES = [
  ...payoutRoutes,
  ...beneficiaryRoutes,
  ...dmtSenderRoutes,
  ...dmtRoutes,
  ...dmtPartRoutes,
  ...bbpsRoutes,
  ...bbpsPaymentRoutes,
  ...rechargeRoutes,
  ...collectionRoutes,
  ...aepsAgentRoutes,
  ...aepsRoutes,
  ...refundRoutes,
  ...transactionRoutes,
  ...disputeRoutes,
  ...walletRoutes,
  ...signInRoutes,
  ...sessionRoutes,
  ...statementRoutes,
  ...walletTransferRoutes,
  ...commissionRoutes,
  ...taxDocumentRoutes,
  ...settlementRoutes,
  ...reportRoutes,
  ...userRoutes,
  ...kycRoutes,
  ...kycOfOthersRoutes,
  ...consentRoutes,
  ...dataRequestRoutes,
  ...userThingsRoutes,
  ...payoutFileRoutes,
  ...userImportRoutes,
  ...fundRequestRoutes,
  ...confirmationRoutes,
  ...oauthRoutes,
  ...callbackRoutes,
  ...deliveryReportRoutes,
  ...problemRoutes,
  ...healthRoutes,
  ...descriptionRoutes,
  ...docsRoutes,
] satisfies readonly Route[];

/** What their handlers need, all of it together. */
export type RouteDependencies =
  NeedsOf<(typeof ROUTES)[number]> extends (deps: infer All) => void ? All : never;
type NeedsOf<R> = R extends Route<infer Deps> ? (deps: Deps) => void : never;
