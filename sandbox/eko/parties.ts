/** Senders and their recipients, agents and settlement accounts, all in memory, each with a limit. */
import type {
  AepsAgentEntry,
  AepsStage,
  AgentEntry,
  RecipientEntry,
  SenderEntry,
  ServiceEntry,
  SettlementAccountEntry,
} from './entries';

export const MAX_SENDERS = 200_000;
export const MAX_RECIPIENTS = 500_000;
export const MAX_AGENTS = 50_000;

export interface Sender {
  mobile: string;
  name: string;
  state: SenderEntry['state'];
  kyc: number | null;
  recipients: RecipientEntry[];
}
export interface Agent {
  user: string;
  mobile: string;
  shop: string;
  at: number;
  aeps: AepsStage | null;
  daily: string | null;
  services: Map<string, { on: boolean; at: number }>;
  accounts: SettlementAccountEntry[];
}

export interface Parties {
  readonly senders: ReadonlyMap<string, Sender>;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly recipientCount: number;
  readonly settlementAccountCount: number;
  apply(
    entry: SenderEntry | RecipientEntry | AgentEntry | AepsAgentEntry | ServiceEntry | SettlementAccountEntry,
  ): void;
}

export function createParties(): Parties {
  const senders = new Map<string, Sender>();
  const agents = new Map<string, Agent>();
  let recipientCount = 0;
  let settlementAccountCount = 0;

  function agentOf(user: string): Agent {
    const agent = agents.get(user);
    if (agent === undefined) throw new Error('the book names an agent that it does not hold');
    return agent;
  }

  return {
    senders,
    agents,
    get recipientCount() {
      return recipientCount;
    },
    get settlementAccountCount() {
      return settlementAccountCount;
    },
    apply(entry) {
      switch (entry.t) {
        case 'sender':
          senders.set(entry.mobile, {
            mobile: entry.mobile,
            name: entry.name,
            state: entry.state,
            kyc: entry.kyc ?? null,
            recipients: senders.get(entry.mobile)?.recipients ?? [],
          });
          break;
        case 'recipient': {
          senders.get(entry.sender)?.recipients.push(entry);
          recipientCount += 1;
          break;
        }
        case 'agent':
          agents.set(entry.user, {
            user: entry.user,
            mobile: entry.mobile,
            shop: entry.shop,
            at: entry.at,
            aeps: null,
            daily: null,
            services: new Map(),
            accounts: [],
          });
          break;
        case 'aeps_agent':
          Object.assign(agentOf(entry.user), {
            aeps: entry.stage,
            daily: entry.daily ?? agentOf(entry.user).daily,
          });
          break;
        case 'service':
          agentOf(entry.user).services.set(entry.code, { on: entry.on, at: entry.at });
          break;
        case 'settlement_account':
          agentOf(entry.user).accounts.push(entry);
          settlementAccountCount += 1;
          break;
        default:
          entry satisfies never;
      }
    },
  };
}

const FIRST_RECIPIENT = 117_015_000;

export const recipientId = (n: number): number => FIRST_RECIPIENT + n;
export const recipientOf = (sender: Sender, id: number): RecipientEntry | undefined =>
  sender.recipients.find((r) => recipientId(r.n) === id);
