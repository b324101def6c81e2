/** A user who does KYC, and the staff who decide. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Person } from '../../domain/approvals/approvals';
import type { UserId } from '../../domain/ids/ids';
import type { KycDetails } from '../../domain/kyc/kyc';
import type { Verdict } from '../../domain/kyc/review';
import type { Staff } from './operations';
import type { DomainProcess } from './world';

const why = { reason: 'as seen', evidence: 'the documents' };

export const DETAILS: KycDetails = {
  tier: 'small',
  holder: 'individual',
  name: 'Planted Retailer',
  born: '1990-12-31',
  address: '12 Planted Road, Nashik 422001',
  pan: 'ABCPE1234F',
  aadhaarLast4: '7058',
};

/** A scan that no other is like. */
export const scan = (inside = randomBytes(12).toString('hex')): Buffer =>
  Buffer.from(`%PDF-1.7\n1 0 obj <</Planted (${inside})>> endobj\ntrailer\n%%EOF\n`);

export const LIST = fs.readFileSync(path.join(__dirname, '..', 'fixtures', 'un-list.xml'));

/** The same list, generated so many hours later, with other text in places. */
export function laterList(hours: number, change: (xml: string) => string = (xml) => xml): Buffer {
  const at = new Date(Date.parse('2026-11-27T23:00:04.000Z') + hours * 3_600_000).toISOString();
  return Buffer.from(change(LIST.toString('utf8').replace('2026-11-27T23:00:04.000Z', at)));
}

type Part = Pick<DomainProcess, 'kyc' | 'kycDocuments' | 'consents'>;

/** All that the small tier asks for. */
export async function fillIn(p: Part, userId: UserId, over: Partial<KycDetails> = {}): Promise<void> {
  await p.kyc.save(userId, { ...DETAILS, ...over });
  await p.consents.give(userId, { purpose: 'kyc', version: 1, language: 'en' });
  for (const kind of ['pan_card', 'address_proof']) await p.kycDocuments.add(userId, { kind, bytes: scan() });
}

/** The id of what was handed in. */
export async function handIn(p: Part, userId: UserId, over: Partial<KycDetails> = {}): Promise<string> {
  await fillIn(p, userId, over);
  return (await p.kyc.submit(userId)).record!.id;
}

export function propose(
  { operations }: Staff,
  by: Person,
  verdict: Pick<Verdict, 'recordId'> & Partial<Verdict>,
) {
  const proposal = operations.kyc.proposal({ verdict: 'approve', risk: 'medium', ...why, ...verdict });
  return operations.approvals.propose(proposal, by);
}

/** One proposes and another decides. */
export async function decided(
  staff: Staff,
  verdict: Pick<Verdict, 'recordId'> & Partial<Verdict>,
): Promise<void> {
  const { id } = await propose(staff, staff.asha, verdict);
  await staff.operations.approvals.approve(id, staff.ravi);
}

/** A user whose record was approved. */
export async function approved(
  p: DomainProcess,
  staff: Staff,
  userId: UserId,
  over: Partial<KycDetails> & { risk?: Verdict['risk'] } = {},
): Promise<string> {
  const { risk, ...details } = over;
  const recordId = await handIn(p, userId, details);
  if ((await p.screeningLists.inForce()) === undefined)
    await p.screeningLists.take({ file: LIST, reason: 'a test' }, staff.admin);
  await p.kycKeeper.screen(100);
  await decided(staff, { recordId, ...(risk === undefined ? {} : { risk }) });
  return recordId;
}
