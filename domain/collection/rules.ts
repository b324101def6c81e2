import { businessDate } from '../../platform/clock';
import {
  createInForce,
  inForceOn,
  IN_FORCE_FROM,
  type Dated,
  type InForceDependencies,
  type RuleTable,
} from '../../platform/in-force';
import { percentOf, type Paise } from '../../platform/money';
import { DomainError } from '../errors/errors';
import { GST } from '../policies/policies';
import type { CollectionKind } from './collection';

/** The rules of collections, as rows in force from a business date: how long they may be paid, and what they cost. */
export interface CollectionRules {
  /** Throws DomainError POLICY_NOT_FOUND. */
  times(at: Date): CollectionTimes;
  /** What the user bears of it. Throws DomainError PRICE_NOT_FOUND. */
  charge(kind: CollectionKind, amountPaise: Paise, at: Date): CollectionCharge;
  refresh(): Promise<void>;
  close(): void;
}
export interface CollectionTimes {
  /** From the acceptance. */
  payWithinMs: number;
  /** And so much more for a payment that was begun in time. */
  finishWithinMs: number;
}
export interface CollectionCharge {
  /** Of the amount, before tax. */
  bps: number;
  feePaise: Paise;
  taxPaise: Paise;
}

const TIMES: RuleTable<Dated & CollectionTimes> = {
  name: 'collection_policies',
  columns: { from: IN_FORCE_FROM, payWithinMs: 'pay_within_ms', finishWithinMs: 'finish_within_ms' },
  hasProfile: true,
};
const CHARGES: RuleTable<Dated & { kind: CollectionKind; bps: number }> = {
  name: 'collection_charges',
  columns: { from: IN_FORCE_FROM, kind: 'kind', bps: 'bps' },
};

export async function createCollectionRules(deps: InForceDependencies): Promise<CollectionRules> {
  const inForce = await createInForce(deps, { times: TIMES, charges: CHARGES, gst: GST });
  return {
    times(at) {
      const times = inForceOn(inForce.rows().times, businessDate(at));
      if (times === undefined)
        throw new DomainError('POLICY_NOT_FOUND', { detail: 'no policy of collections is in force' });
      return times;
    },
    charge(kind, amountPaise, at) {
      const { charges, gst } = inForce.rows();
      const day = businessDate(at);
      const own = inForceOn(
        charges.filter((charge) => charge.kind === kind),
        day,
      );
      const tax = inForceOn(gst, day);
      if (own === undefined || tax === undefined) throw new DomainError('PRICE_NOT_FOUND');
      const feePaise = percentOf(amountPaise, BigInt(own.bps), 'half-up');
      return { bps: own.bps, feePaise, taxPaise: percentOf(feePaise, BigInt(tax.bps), 'half-up') };
    },
    refresh: () => inForce.refresh(),
    close: () => inForce.close(),
  };
}
