import * as fc from 'fast-check';
import type { PayoutInstruction } from '../../domain/payouts/port';
import { rupeesFromPaise } from '../../platform/decimal';
import { hashOf } from '../requests';
import { masked, maskedBytes } from './call-log';
import {
  beneficiaryIdOf,
  beneficiaryRequest,
  cleanName,
  cleanRemarks,
  transferRequest,
  unusableField,
} from './requests';

const instruction: PayoutInstruction = {
  ourReference: '0k9tq2m4f7x1z8c5v6b3',
  idempotencyKey: '01977777-7777-7777-7777-777777777777',
  amountPaise: 17_000n,
  currency: 'INR',
  mode: 'IMPS',
  narration: 'Invoice 7/2026 — thanks',
  refs: { beneficiary: '0197777777777777777777777777777a' },
};
const bank = {
  id: '01977777-7777-7777-7777-77777777777a',
  name: 'Test Beneficiary',
  account: { kind: 'bank' as const, accountNumber: '000111222333', ifsc: 'HDFC0000053' },
};

describe('a transfer', () => {
  it('P4 is exactly these bytes', () => {
    const { body, bodyHash } = transferRequest(instruction, undefined);
    expect(body).toBe(
      '{"transfer_amount":170.00,"transfer_id":"0k9tq2m4f7x1z8c5v6b3","transfer_currency":"INR",' +
        '"transfer_mode":"imps","beneficiary_details":{"beneficiary_id":"0197777777777777777777777777777a"},' +
        '"transfer_remarks":"Invoice 7 2026 thanks"}',
    );
    expect(bodyHash.equals(hashOf(body))).toBe(true);
    expect(transferRequest(instruction, undefined).body).toBe(body);
    expect(transferRequest({ ...instruction, narration: null }, 'CASHFREE_1').body).toMatch(
      /"beneficiary_details":\{[^}]*\},"fundsource_id":"CASHFREE_1"\}$/,
    );
  });

  it.each([
    ['IMPS', 'imps'],
    ['NEFT', 'neft'],
    ['RTGS', 'rtgs'],
    ['UPI', 'upi'],
  ] as const)('by %s', (mode, transfer_mode) => {
    expect(JSON.parse(transferRequest({ ...instruction, mode }, undefined).body)).toMatchObject({
      transfer_mode,
    });
  });

  it('writes rupees to the paisa', () => {
    fc.assert(
      fc.property(fc.bigInt(100n, 1_000_000_000_000n), (amountPaise) => {
        const { body } = transferRequest({ ...instruction, amountPaise }, undefined);
        expect(body).toContain(`"transfer_amount":${rupeesFromPaise(amountPaise)},`);
        // Whoever reads it as a double still has every paisa.
        expect(Math.round((JSON.parse(body) as { transfer_amount: number }).transfer_amount * 100)).toBe(
          Number(amountPaise),
        );
      }),
    );
  });

  it.each([
    [{ ourReference: 'a-b' }, 'the reference'],
    [{ ourReference: 'x'.repeat(41) }, 'the reference'],
    [{ amountPaise: 99n }, 'the amount'],
    [{ currency: 'USD' as 'INR' }, 'the currency'],
    [{ refs: {} }, 'the beneficiary'],
    [{ refs: { beneficiary: 'a b' } }, 'the beneficiary'],
  ])('that the contract cannot express (%j) is not sent', (fields, what) => {
    expect(() => transferRequest({ ...instruction, ...fields }, undefined)).toThrow(
      expect.objectContaining({ code: 'PROVIDER_REJECTED', detail: expect.stringContaining(what) }),
    );
  });
});

describe('a beneficiary', () => {
  it('of a bank, and of a VPA', () => {
    expect(JSON.parse(beneficiaryRequest(bank))).toEqual({
      beneficiary_id: '0197777777777777777777777777777a',
      beneficiary_name: 'Test Beneficiary',
      beneficiary_instrument_details: { bank_account_number: '000111222333', bank_ifsc: 'HDFC0000053' },
    });
    const vpa = { ...bank, account: { kind: 'vpa' as const, address: 'test-one@okbank' } };
    expect(JSON.parse(beneficiaryRequest(vpa))).toMatchObject({
      beneficiary_instrument_details: { vpa: 'test-one@okbank' },
    });
    expect(beneficiaryIdOf(bank)).toMatch(/^[0-9a-z]{32}$/);
  });

  it.each([
    [{ name: 'श्री' }, 'name'],
    [{ name: '123' }, 'name'],
    [{ account: { ...bank.account, accountNumber: '123' } }, 'account_number'],
    [{ account: { ...bank.account, ifsc: 'HDFC1000053' } }, 'ifsc'],
    [{ account: { kind: 'vpa' as const, address: 'test@ok-bank' } }, 'vpa'],
    [{ account: { kind: 'vpa' as const, address: 'test' } }, 'vpa'],
  ])('that cannot be registered: %j', (fields, field) => {
    const details = { ...bank, ...fields };
    expect(unusableField(details)).toBe(field);
  });

  it.each([
    ['S.K. Traders (P) Ltd', 'S K Traders P Ltd'],
    ['José  Müller', 'Jose Muller'],
    ["  D'Souza 7 ", 'D Souza'],
    ['x'.repeat(120), 'x'.repeat(100)],
  ])('the name %j is sent as %j', (name, sent) => {
    expect(cleanName(name)).toBe(sent);
  });

  it('names and remarks hold letters of the contract only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 150 }), (text) => {
        const name = cleanName(text);
        expect(name ?? 'A').toMatch(/^[A-Za-z](?:[A-Za-z ]{0,98}[A-Za-z])?$/);
        expect(cleanRemarks(text)).toMatch(/^(?:[A-Za-z0-9](?:[A-Za-z0-9 ]{0,68}[A-Za-z0-9])?)?$/);
      }),
    );
  });
});

describe('the API log', () => {
  it('keeps ids, amounts and words, and of an account four digits', () => {
    expect(masked(JSON.parse(beneficiaryRequest(bank)))).toEqual({
      beneficiary_id: '0197777777777777777777777777777a',
      beneficiary_name: '<hidden>',
      beneficiary_instrument_details: { bank_account_number: '…2333', bank_ifsc: 'HDFC0000053' },
    });
    expect(masked(JSON.parse(transferRequest(instruction, undefined).body))).toMatchObject({
      transfer_amount: 170,
      transfer_remarks: '<hidden>',
    });
    expect(
      masked({
        code: 'bank_ifsc_invalid',
        message: 'value received: SBIN0',
        status: 'two words',
        status_description: 'a sentence',
        vpa: 'test@okbank',
        beneficiary_phone: '9876543210',
      }),
    ).toEqual({
      code: 'bank_ifsc_invalid',
      message: '<hidden>',
      status: '<hidden>',
      status_description: '<hidden>',
      vpa: '<hidden>',
      beneficiary_phone: '<hidden>',
    });
    expect(maskedBytes(Buffer.from('no JSON'))).toBe('<not JSON>');
  });
});
