/**
 * A connector for bills that does what a test tells it. It follows the port, and keeps a book of payments by
 * our reference: a repeat under the same key finds the first.
 */
import { createHash } from 'node:crypto';
import type {
  Bill,
  BillCalls,
  Biller,
  BillInstruction,
  Complaint,
  Counter,
  Disposition,
  FetchedBill,
  ListedComplaint,
} from '../../domain/bbps/port';
import type { Connector } from '../../domain/connectors';
import type { DeskAnswer, InquiryTarget, NotFoundPolicy } from '../../domain/provider/calls';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import type { ParsedCallback } from '../../domain/provider/callback';
import { checkCallback, parseCallback } from './scripted-connector';

type Maybe<T> = T | Promise<T>;
type StartRequest = Parameters<BillCalls['startFetch']>[0];
const DAY_MS = 86_400_000;

export interface ScriptedBills extends Connector {
  bbps: BillCalls & { notFound: NotFoundPolicy };
  sends: { instruction: BillInstruction; body: string }[];
  fetches: StartRequest[];
  /** References that the provider was asked about: of fetches, of complaints, of payments. */
  asked: { fetches: string[]; complaints: string[]; payments: InquiryTarget[] };
  complaints: { reference: string; disposition: Disposition; description: string }[];
  reads: { categories: number; billers: number; biller: number };
  isAvailable: boolean;
  billers: Biller[];
  /** While true the desk does not answer. */
  isDeskAway: boolean;
  onStartFetch(request: StartRequest): Maybe<DeskAnswer<FetchedBill>>;
  onFetched(refId: string): Maybe<DeskAnswer<FetchedBill>>;
  onSend(instruction: BillInstruction): Maybe<ProviderOutcome>;
  onInquire(target: InquiryTarget): Maybe<InquiryAnswer>;
  onComplain(reference: string): Maybe<DeskAnswer<Complaint>>;
  onComplaint(refId: string): Maybe<DeskAnswer<Complaint>>;
  onComplaintsAbout(ourReference: string): Maybe<DeskAnswer<ListedComplaint[]>>;
}

export const biller = (over: Partial<Biller> = {}): Biller => ({
  id: 'POWER0000DEL01',
  name: 'Test Power',
  category: 'Electricity',
  fetch: 'mandatory',
  exactness: 'exact',
  minPaise: null,
  maxPaise: null,
  parameters: [
    {
      name: 'Consumer Number',
      label: 'Consumer Number',
      dataType: 'NUMERIC',
      isOptional: false,
      pattern: '^[0-9]{9,12}$',
      minLength: 9,
      maxLength: 12,
    },
  ],
  paymentModes: ['Cash', 'UPI'],
  modeLimits: [],
  convenienceFees: [],
  isAvailable: true,
  ...over,
});
export const WATER = biller({
  id: 'WATER0000DEL01',
  name: 'Test Water',
  category: 'Water',
  fetch: 'not_supported',
  exactness: 'any',
  minPaise: 10_000n,
  maxPaise: 5_000_000n,
  convenienceFees: [{ flatPaise: 200n, percentBps: 50, fromPaise: 0n, toPaise: null }],
});
export const FASTAG = biller({
  id: 'FAST00000NAT01',
  name: 'Test Tag',
  category: 'Fastag',
  fetch: 'mandatory',
  exactness: 'range',
});

export const bill = (over: Partial<Bill> = {}): Bill => ({
  amountPaise: 287_000n,
  billNumber: 'B-7001',
  billDate: '2026-10-20',
  dueDate: '2026-11-10',
  period: 'OCT 2026',
  customerName: 'Test Customer',
  minPaise: null,
  maxPaise: null,
  multiplePaise: null,
  ...over,
});
export const fetchedBill = (refId: string, over: Partial<FetchedBill> = {}): FetchedBill => ({
  refId,
  state: 'fetched',
  bills: [bill()],
  exactness: 'exact',
  reason: null,
  additional: [],
  ...over,
});
export const processing = (refId: string): FetchedBill => ({
  refId,
  state: 'processing',
  bills: [],
  exactness: null,
  reason: null,
  additional: [],
});
export const ok = <T>(value: T): DeskAnswer<T> => ({ ok: true, value });
export const noAnswer: DeskAnswer<never> = { ok: false, kind: 'unknown', rawStatus: '<timeout>' };
export const no = (rawReason: string): DeskAnswer<never> => ({
  ok: false,
  kind: 'refused',
  rawStatus: '400',
  rawReason,
});
export const paid = (over: Partial<ProviderOutcome> = {}): ProviderOutcome => ({
  kind: 'succeeded',
  sent: true,
  rawStatus: 'Success',
  providerReference: 'PAYREF0001',
  utr: 'AX0112299990000001',
  ...over,
});
export const ticket = (refId: string, over: Partial<Complaint> = {}): Complaint => ({
  refId,
  disputeId: 'TKT0001',
  status: 'ASSIGNED',
  assignedTo: 'Test BOU',
  dueOn: '2026-11-20',
  remarks: null,
  ...over,
});

export const COUNTER: Counter = {
  agentId: 'MU01MUM2AGT000001',
  terminalId: 'T-01',
  mobile: '9000000001',
  geocode: '28.6139,77.2090',
  pincode: '110001',
  ip: '10.0.0.7',
};
export const COUNTER_BODY = {
  agent_id: COUNTER.agentId,
  terminal_id: COUNTER.terminalId,
  mobile: COUNTER.mobile,
  geocode: COUNTER.geocode,
  pincode: COUNTER.pincode,
  ip: COUNTER.ip,
};
export const CUSTOMER = {
  mobile: '9000000002',
  name: 'Test Customer',
  parameters: [{ name: 'Consumer Number', value: '123456789' }],
};

export function createScriptedBills(
  name: 'setu' | 'eko' = 'setu',
  options: { complaints?: boolean; paysUnderFetchReference?: true } = {},
): ScriptedBills {
  const c: ScriptedBills = {
    name,
    sends: [],
    fetches: [],
    asked: { fetches: [], complaints: [], payments: [] },
    complaints: [],
    reads: { categories: 0, billers: 0, biller: 0 },
    isAvailable: true,
    isDeskAway: false,
    billers: [biller(), WATER, FASTAG],
    onStartFetch: ({ ourReference }) => ok(fetchedBill(`F${ourReference}`)),
    onFetched: (refId) => ok(fetchedBill(refId)),
    onSend: () => ({ kind: 'pending', sent: true, rawStatus: '<accepted>', providerReference: 'PAYREF0001' }),
    onInquire: () => paid(),
    onComplain: () =>
      ok(ticket('C1', { disputeId: null, status: '<requested>', assignedTo: null, dueOn: null })),
    onComplaint: (refId) => ok(ticket(refId)),
    onComplaintsAbout: () => ok([]),
    admit: async () => ({ ok: true }),
    available: () => c.isAvailable,
    checkCallback,
    parseCallback: (raw) => parseHint(raw) ?? parseCallback(raw),
    close: async () => undefined,
    bbps: {
      notFound: { then: 'resend_same_key', keyLifeMs: 6 * DAY_MS },
      prepare(instruction) {
        const body = JSON.stringify(instruction, (_, value: unknown) =>
          typeof value === 'bigint' ? value.toString() : value,
        );
        return { body, bodyHash: createHash('sha256').update(body).digest() };
      },
      async send(instruction, prepared) {
        c.sends.push({ instruction, body: prepared.body });
        return c.onSend(instruction);
      },
      async inquire(target) {
        c.asked.payments.push(target);
        return c.onInquire(target);
      },
      async categories() {
        c.reads.categories += 1;
        return c.isDeskAway
          ? noAnswer
          : ok([...new Set(c.billers.map((b) => b.category))].map((id) => ({ id, name: id })));
      },
      async billers(category) {
        c.reads.billers += 1;
        return c.isDeskAway
          ? noAnswer
          : ok(c.billers.filter((b) => b.category === category).map((b) => ({ ...b, parameters: [] })));
      },
      async biller(id) {
        c.reads.biller += 1;
        const found = c.billers.find((b) => b.id === id);
        return c.isDeskAway ? noAnswer : found === undefined ? no('no-such-biller') : ok(found);
      },
      async startFetch(request) {
        c.fetches.push(request);
        return c.onStartFetch(request);
      },
      async fetched(refId) {
        c.asked.fetches.push(refId);
        return c.onFetched(refId);
      },
      ...(options.paysUnderFetchReference === undefined ? {} : { paysUnderFetchReference: true as const }),
      ...(options.complaints === false
        ? {}
        : {
            async complain(reference: string, disposition: Disposition, description: string) {
              c.complaints.push({ reference, disposition, description });
              return c.onComplain(reference);
            },
            async complaint(refId: string) {
              c.asked.complaints.push(refId);
              return c.onComplaint(refId);
            },
            async complaintsAbout(ourReference: string) {
              return c.onComplaintsAbout(ourReference);
            },
          }),
    },
  };
  return c;
}

/** `{"event": …, "hint": {about, reference}}`. */
function parseHint(raw: Buffer): ParsedCallback | undefined {
  try {
    const json = JSON.parse(raw.toString('utf8')) as ParsedCallback;
    return json.hint === undefined ? undefined : { event: json.event, hint: json.hint };
  } catch {
    return undefined;
  }
}
