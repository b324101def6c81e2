/** Beneficiaries and transfers in memory, found by their ids. A transfer takes about 1 kB. */
import type { ScenarioCode } from '../scenarios';
import type { BeneficiaryEntry, Instrument, MoveEntry, Mode, Status, TransferEntry } from './entries';

export interface Beneficiary {
  n: number;
  id: string;
  name: string;
  instrument: Instrument;
  atMs: number;
}

export interface Transfer {
  n: number;
  transferId: string;
  beneficiary: number;
  amountPaise: bigint;
  mode: Mode;
  fundsource: string;
  scenario: ScenarioCode;
  status: Status;
  code: string;
  /** Completed steps. */
  step: number;
  debitPaise: bigint;
  creditPaise: bigint;
  /** Of the create requests with its id. */
  hashes: string[];
  requestsSeen: number;
  atMs: number;
  movedAtMs: number;
}

/** `account` and IFSC are the key of an account; a VPA has none. */
const accountKey = (instrument: Instrument): string | undefined =>
  'vpa' in instrument ? undefined : `${instrument.bank_account_number} ${instrument.bank_ifsc}`;

export function createBeneficiaries() {
  const all: Beneficiary[] = [];
  const byId = new Map<string, Beneficiary>();
  const byAccount = new Map<string, Beneficiary>();
  return {
    count: (): number => all.length,
    add({ n, id, name, instrument, at }: BeneficiaryEntry): void {
      const row = { n, id, name, instrument, atMs: at };
      all.push(row);
      byId.set(id, row);
      const key = accountKey(instrument);
      if (key !== undefined) byAccount.set(key, row);
    },
    remove(n: number): void {
      const row = all[n]!;
      byId.delete(row.id);
      const key = accountKey(row.instrument);
      if (key !== undefined) byAccount.delete(key);
    },
    /** Also one that was removed: transfers to it are still there. */
    get: (n: number): Beneficiary => all[n]!,
    ofId: (id: string): Beneficiary | undefined => byId.get(id),
    ofAccount: (account: string, ifsc: string): Beneficiary | undefined =>
      byAccount.get(`${account} ${ifsc}`),
    sameAccount(instrument: Instrument): Beneficiary | undefined {
      const key = accountKey(instrument);
      return key === undefined ? undefined : byAccount.get(key);
    },
  };
}

export function createTransfers() {
  const all: Transfer[] = [];
  const byId = new Map<string, Transfer>();
  return {
    all: (): readonly Transfer[] => all,
    get: (n: number): Transfer => all[n]!,
    ofId: (transferId: string): Transfer | undefined => byId.get(transferId),
    add(entry: TransferEntry, hashesBefore: readonly string[]): void {
      const row: Transfer = {
        n: entry.n,
        transferId: entry.transfer_id,
        beneficiary: entry.beneficiary,
        amountPaise: BigInt(entry.amount),
        mode: entry.mode,
        fundsource: entry.fundsource,
        scenario: entry.scenario,
        status: entry.status,
        code: entry.code,
        step: 0,
        debitPaise: BigInt(entry.debit),
        creditPaise: 0n,
        hashes: [...new Set([...hashesBefore, entry.hash])],
        requestsSeen: hashesBefore.length + 1,
        atMs: entry.at,
        movedAtMs: entry.at,
      };
      all.push(row);
      byId.set(row.transferId, row);
    },
    move({ n, at, to, code, step, debit = 0, credit = 0 }: MoveEntry): void {
      const row = all[n]!;
      Object.assign(row, { status: to, code, step, movedAtMs: at });
      row.debitPaise += BigInt(debit);
      row.creditPaise += BigInt(credit);
    },
    noteRequest(n: number, hash: string): void {
      const row = all[n]!;
      row.requestsSeen += 1;
      if (!row.hashes.includes(hash)) row.hashes.push(hash);
    },
  };
}
