import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { Ids } from '../../platform/ids';
import type { DispatchRegistry } from '../dispatch/service-dispatch';
import type { OutcomeRecorder } from '../lifecycle/record-outcome';
import type { Policies } from '../policies/policies';
import type { Holds } from '../posting/hold';
import type { InquiryAnswer, ProviderOutcome } from '../provider/outcome';
import type { ProviderRegistry } from '../provider/provider';

export interface RestoreAskerDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  policies: Policies;
  providers: ProviderRegistry;
  dispatches: DispatchRegistry;
  recorder: OutcomeRecorder;
  holds: Holds;
}

/** What a provider said of one attempt. */
export interface Said {
  provider: string;
  attemptNo: number;
  ourReference: string;
  askedAt: Date;
  answer: InquiryAnswer;
}
/** The provider has the attempt. */
export interface Found extends Said {
  answer: ProviderOutcome;
}
