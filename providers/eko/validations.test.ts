import type { ValidationInstruction } from '../../domain/validations/port';
import type { Reply } from '../answers';
import { ekoSample, ekoSampleWith, type Json } from '../../test/support/eko-examples';
import { answerToPenniless, answerToPennyDrop } from './validations';

const PENNILESS = 'bank-account-verification-pennyless';
const PENNY_DROP = 'bank-account-verification';
const unlisted: string[] = [];
beforeEach(() => {
  unlisted.length = 0;
});

const asked = (accountNumber: string, ifsc: string): ValidationInstruction => ({
  ourReference: '0k9tq2m4f7x1z8c5v6b3',
  method: 'either',
  beneficiary: { id: 'b', name: 'Test Beneficiary', account: { kind: 'bank', accountNumber, ifsc } },
});
const reply = (json: unknown, status = 200): Reply => ({ kind: 'answer', status, json });
const onUnlisted = (word: string): void => {
  unlisted.push(word);
};
const penniless = (json: unknown, status = 200): unknown =>
  answerToPenniless(reply(json, status), asked('38759149196', 'SBIN0007515'), onUnlisted);
const pennyDrop = (json: unknown, status = 200): unknown =>
  answerToPennyDrop(reply(json, status), asked('1234567890', 'SBIN0001234'), onUnlisted);

describe('without a rupee', () => {
  it('the sample is valid, with the name in one-blank spelling', () => {
    expect(penniless(ekoSample(PENNILESS))).toEqual({
      kind: 'valid',
      sent: true,
      rawStatus: 'success',
      registeredName: 'Test Beneficiary',
    });
  });

  it('another account is no answer about ours', () => {
    const other = ekoSampleWith(PENNILESS, 'Success', { bank_account_no: '38759149197' });
    expect(penniless(other)).toMatchObject({ kind: 'unknown', rawStatus: '<other account>' });
  });

  it('no refusal is published: whatever else it says is unknown, and counted', () => {
    for (const data of [{ status: 'failure' }, { status: 'pending' }, { status: undefined }])
      expect(penniless(ekoSampleWith(PENNILESS, 'Success', data))).toMatchObject({
        kind: 'unknown',
        sent: true,
      });
    expect(penniless(ekoSample(PENNY_DROP, 'Invalid or non-existent'))).toMatchObject({ kind: 'unknown' });
    expect(unlisted).toEqual(['type 0', 'type 0', 'type 0', 'status 1']);
  });
});

describe('with a rupee', () => {
  it('the samples: valid with name and UTR, two refusals of the account, and a bank that cannot say', () => {
    expect(pennyDrop(ekoSample(PENNY_DROP))).toEqual({
      kind: 'valid',
      sent: true,
      rawStatus: 'success',
      registeredName: 'Test Beneficiary',
      utr: '431712345678',
    });
    expect(pennyDrop(ekoSample(PENNY_DROP, 'Invalid IFSC'))).toMatchObject({
      kind: 'invalid',
      rawReason: 'invalid_ifsc',
    });
    expect(pennyDrop(ekoSample(PENNY_DROP, 'non-existent bank account'))).toMatchObject({
      kind: 'invalid',
      rawReason: 'invalid_account',
    });
    expect(pennyDrop(ekoSample(PENNY_DROP, 'Bank not supported'))).toMatchObject({
      kind: 'failed',
      rawReason: 'bank_not_supported',
    });
    expect(unlisted).toEqual([]);
  });

  it('another sentence is unknown, and counted', () => {
    const other: Json = { ...ekoSample(PENNY_DROP, 'non-existent bank account'), message: 'Try later' };
    expect(pennyDrop(other)).toMatchObject({ kind: 'unknown', sent: true });
    expect(unlisted).toEqual(['status 1']);
  });
});

describe('refusals of the request', () => {
  const invalid = (name: string, status = 132): Json => ({
    status,
    response_status_id: 1,
    response_type_id: -1,
    message: 'x',
    invalid_params: { [name]: 'x' },
  });

  it('about the account: nothing was done; about us or our reference: no answer about it', () => {
    for (const ask of [penniless, pennyDrop]) {
      expect(ask(invalid('ifsc'))).toMatchObject({ kind: 'refused', rawReason: 'ifsc' });
      expect(ask(invalid('initiator_id', 319))).toMatchObject({ kind: 'unknown', sent: false });
      expect(ask(invalid('client_ref_id'))).toMatchObject({ kind: 'unknown', sent: true });
      expect(ask({}, 403)).toMatchObject({ kind: 'unknown', sent: false });
      expect(ask({}, 500)).toMatchObject({ kind: 'unknown', sent: true });
    }
  });

  it('in another form than that of a refusal, it is unknown: a new validation would be paid for again', () => {
    for (const ask of [penniless, pennyDrop]) {
      unlisted.length = 0;
      expect(ask(invalid('ifsc', 461))).toMatchObject({ kind: 'refused', rawReason: 'ifsc' });
      expect(unlisted).toEqual([]);
      expect(ask({ ...invalid('ifsc', 461), response_type_id: 1388 })).toMatchObject({
        kind: 'unknown',
        sent: true,
      });
      expect(unlisted).toEqual(['status 461']);
    }
  });
});
