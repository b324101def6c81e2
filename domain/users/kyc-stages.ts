import { rows } from '../../platform/database';
import type { Clock } from '../../platform/clock';
import type { KycStages, KycStep } from '../kyc/stages';
import { moveToStage, type Mover, type Stage } from './stages';

/** What handing KYC in, and its decision, do to whoever is on the way in. Whoever works already stays where they are. */
const MOVES: Readonly<Record<KycStep, { from: Stage; to: Stage; as: Mover; reason: string }>> = {
  submitted: { from: 'lead', to: 'kyc_submitted', as: 'self', reason: 'KYC was handed in' },
  approved: { from: 'kyc_submitted', to: 'verified', as: 'staff', reason: 'KYC was approved' },
  returned: { from: 'kyc_submitted', to: 'lead', as: 'staff', reason: 'KYC was sent back' },
};

export function createKycStages({ clock }: { clock: Clock }): KycStages {
  return {
    async after(trx, step, { userId, actor }) {
      const { from, ...move } = MOVES[step];
      const found = await rows<{ stage: Stage }>(
        trx,
        'select stage from users where id = :userId for no key update',
        { userId },
      );
      if (found[0]?.stage === from) await moveToStage(trx, clock, { user: userId, actor, ...move });
    },
  };
}
