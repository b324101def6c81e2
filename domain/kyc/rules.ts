import type { Knex } from 'knex';
import { businessDate } from '../../platform/clock';
import { createInForce, inForceOn, IN_FORCE_FROM, type Dated, type RuleTable } from '../../platform/in-force';
import { ruleInForce } from '../errors/rule-in-force';
import type { DocumentLimits } from './document-content';
import type { Holder, KycTier, Risk } from './record';

/** What KYC asks for, when it has to be done again, and how large a document may be: rows in force from a day. */
export interface KycRules {
  /** The items that a tier asks of a holder: a field, `document:<kind>`, `consent:<purpose>`. */
  needed(tier: KycTier, holder: Holder, at: Date): string[];
  /** The kinds of documents that any tier knows. */
  documentKinds(at: Date): ReadonlySet<string>;
  /** Throws DomainError POLICY_NOT_FOUND. */
  terms(risk: Risk, at: Date): KycTerms;
  /** Throws DomainError POLICY_NOT_FOUND. */
  documents(at: Date): DocumentLimits & { maxDocuments: number };
  /** Throws DomainError POLICY_NOT_FOUND. */
  accounts(at: Date): AccountRules;
  refresh(): Promise<void>;
  close(): void;
}

export interface AccountRules {
  /** Bank accounts that a user may have looked up in a day. */
  mostADay: number;
  /** An answer that is no older counts. */
  freshDays: number;
  /** A score of the name below this is pointed out to whoever decides. */
  reviewBelow: number;
}

export interface KycTerms {
  renewAfterMonths: number;
  graceDays: number;
  afterTier: 'none' | 'small';
  /** Days after the day on which it is due; below zero: before it. */
  noticeDays: readonly number[];
}

interface RequirementRow extends Dated {
  tier: KycTier;
  holder: Holder;
  item: string;
  isNeeded: boolean;
}

const REQUIREMENTS: RuleTable<RequirementRow> = {
  name: 'kyc_requirements',
  columns: { from: IN_FORCE_FROM, tier: 'tier', holder: 'holder', item: 'item', isNeeded: 'is_needed' },
};
const TERMS: RuleTable<Dated & KycTerms & { risk: Risk }> = {
  name: 'kyc_terms',
  columns: {
    from: IN_FORCE_FROM,
    risk: 'risk',
    renewAfterMonths: 'renew_after_months',
    graceDays: 'grace_days',
    afterTier: 'after_tier',
    noticeDays: 'notice_days',
  },
};
const DOCUMENTS: RuleTable<Dated & DocumentLimits & { maxDocuments: number }> = {
  name: 'kyc_document_rules',
  columns: {
    from: IN_FORCE_FROM,
    maxBytes: 'max_bytes',
    minSidePixels: 'min_side_pixels',
    maxPixels: 'max_pixels',
    maxDocuments: 'max_documents',
  },
};
const ACCOUNTS: RuleTable<Dated & AccountRules> = {
  name: 'kyc_account_rules',
  columns: {
    from: IN_FORCE_FROM,
    mostADay: 'most_a_day',
    freshDays: 'fresh_days',
    reviewBelow: 'review_below',
  },
};
const TABLES = { needed: REQUIREMENTS, terms: TERMS, documents: DOCUMENTS, accounts: ACCOUNTS };
const DOCUMENT = 'document:';

export async function createKycRules(deps: {
  knex: Knex;
  profile: string;
  onError?(error: unknown): void;
}): Promise<KycRules> {
  const inForce = await createInForce(deps, TABLES);
  return {
    needed: (tier, holder, at) =>
      neededOn(
        inForce.rows().needed.filter((row) => row.tier === tier && row.holder === holder),
        businessDate(at),
      ),
    documentKinds: (at) =>
      new Set(
        neededOn(inForce.rows().needed, businessDate(at))
          .filter((item) => item.startsWith(DOCUMENT))
          .map((item) => item.slice(DOCUMENT.length)),
      ),
    terms: (risk, at) =>
      ruleInForce(
        inForceOn(
          inForce.rows().terms.filter((row) => row.risk === risk),
          businessDate(at),
        ),
        `no terms of KYC for the risk ${risk}`,
      ),
    documents: (at) =>
      ruleInForce(inForceOn(inForce.rows().documents, businessDate(at)), 'no rules for documents of KYC'),
    accounts: (at) =>
      ruleInForce(inForceOn(inForce.rows().accounts, businessDate(at)), 'no rules for bank accounts of KYC'),
    refresh: () => inForce.refresh(),
    close: () => inForce.close(),
  };
}

/** Of each tier, holder and item the row in force; the items of those that are needed, each once. */
function neededOn(found: readonly RequirementRow[], date: string): string[] {
  const keyOf = ({ tier, holder, item }: RequirementRow): string => `${tier} ${holder} ${item}`;
  const keys = [...new Set(found.map(keyOf))];
  const inForce = keys.flatMap(
    (key) =>
      inForceOn(
        found.filter((row) => keyOf(row) === key),
        date,
      ) ?? [],
  );
  return [...new Set(inForce.filter(({ isNeeded }) => isNeeded).map(({ item }) => item))];
}
