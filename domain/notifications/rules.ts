import { businessDate } from '../../platform/clock';
import {
  createInForce,
  inForceOn,
  IN_FORCE_FROM,
  type Dated,
  type InForceDependencies,
  type RuleTable,
} from '../../platform/in-force';
import { ruleInForce } from '../errors/rule-in-force';
import type { Channel, Language } from './port';

/** What can be told, how long it is worth telling, and in which words. Rows in force from a day, as prices are. */
export type NotificationKind =
  | 'sign_in_code'
  | 'password_code'
  | 'contact_code'
  | 'payment_code'
  | 'new_device'
  | 'password_changed'
  | 'password_set'
  | 'contact_changed'
  | 'kyc_due'
  | 'kyc_overdue'
  | 'data_copy_code'
  | 'data_answered'
  | 'identity_untied'
  | 'beneficiary_added'
  | 'beneficiary_archived'
  | 'dispute_opened'
  | 'dispute_won'
  | 'dispute_lost'
  | 'dispute_given_back';

export interface KindRule {
  livesMs: number;
  isRepeated: boolean;
  retryMs: readonly number[];
}
export interface Template {
  subject: string | null;
  body: string;
  dltTemplateId: string | null;
}

export interface NotificationRules {
  /** Throws DomainError POLICY_NOT_FOUND. */
  kind(kind: NotificationKind, at: Date): KindRule;
  /** In that language, or in English where there is none. Throws DomainError POLICY_NOT_FOUND. */
  template(kind: NotificationKind, channel: Channel, language: Language, at: Date): Template;
  refresh(): Promise<void>;
  close(): void;
}

const KINDS: RuleTable<Dated & KindRule & { kind: string }> = {
  name: 'notification_kinds',
  columns: {
    from: IN_FORCE_FROM,
    kind: 'kind',
    livesMs: 'lives_ms',
    isRepeated: 'is_repeated',
    retryMs: 'retry_ms',
  },
};
const TEMPLATES: RuleTable<Dated & Template & { kind: string; channel: string; language: string }> = {
  name: 'notification_templates',
  columns: {
    from: IN_FORCE_FROM,
    kind: 'kind',
    channel: 'channel',
    language: 'language',
    subject: 'subject',
    body: 'body',
    dltTemplateId: 'dlt_template_id',
  },
  hasProfile: true,
};

export async function createNotificationRules(deps: InForceDependencies): Promise<NotificationRules> {
  const inForce = await createInForce(deps, { kinds: KINDS, templates: TEMPLATES });
  return {
    kind(kind, at) {
      const rows = inForce.rows().kinds.filter((row) => row.kind === kind);
      return ruleInForce(inForceOn(rows, businessDate(at)), `no rule of the notification ${kind}`);
    },
    template(kind, channel, language, at) {
      const rows = inForce.rows().templates.filter((row) => row.kind === kind && row.channel === channel);
      const inLanguage = (wanted: Language): Template | undefined =>
        inForceOn(
          rows.filter((row) => row.language === wanted),
          businessDate(at),
        );
      return ruleInForce(inLanguage(language) ?? inLanguage('en'), `no words of the notification ${kind}`);
    },
    refresh: () => inForce.refresh(),
    close: () => inForce.close(),
  };
}
