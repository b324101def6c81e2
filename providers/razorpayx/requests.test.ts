import * as fc from 'fast-check';
import type { BeneficiaryDetails } from '../../domain/beneficiaries/details';
import type { PayoutInstruction } from '../../domain/payouts/port';
import { anyText } from '../../test/support/any-text';
import {
  cleanName,
  cleanNarration,
  contactRequest,
  fundAccountRequest,
  payoutRequest,
  unusableField,
} from './requests';

describe('requests', () => {
  const instruction: PayoutInstruction = {
    ourReference: 'txn-ref-1',
    idempotencyKey: '53cda91c-8f81-4e77-bbb9-7388f4ac6bf4',
    amountPaise: 1_000_000n,
    currency: 'INR',
    mode: 'IMPS',
    narration: 'Test Fund-Transfer, #1',
    refs: { contact: 'cont_00000000000001', fund_account: 'fa_00000000000001' },
  };
  const bank: BeneficiaryDetails = {
    id: 'b-1',
    name: 'Test Beneficiary',
    account: { kind: 'bank', accountNumber: '765432123456789', ifsc: 'HDFC0000053' },
  };

  it('a payout is byte-identical each time', () => {
    const { body, bodyHash } = payoutRequest(instruction, '7878780080316316');
    expect(body).toBe(
      '{"account_number":"7878780080316316","fund_account_id":"fa_00000000000001","amount":1000000,' +
        '"currency":"INR","mode":"IMPS","purpose":"payout","queue_if_low_balance":true,' +
        '"reference_id":"txn-ref-1","narration":"Test Fund Transfer 1"}',
    );
    const shuffled = Object.fromEntries(
      Object.entries(instruction).reverse(),
    ) as unknown as PayoutInstruction;
    expect(payoutRequest(shuffled, '7878780080316316')).toEqual({ body, bodyHash });
    expect(bodyHash).toHaveLength(32);
  });

  it.each([
    { idempotencyKey: 'abc' },
    { idempotencyKey: 'k'.repeat(37) },
    { idempotencyKey: 'key:1' },
    { idempotencyKey: 'key\n1' },
    { ourReference: '' },
    { ourReference: 'r'.repeat(41) },
    { amountPaise: 99n },
    { refs: {} },
    { refs: { fund_account: 'x' } },
  ])('what the contract cannot express is not sent: %p', (fields) => {
    expect(() =>
      payoutRequest({ ...instruction, ...fields } as PayoutInstruction, '7878780080316316'),
    ).toThrow('PROVIDER_REJECTED');
  });

  it('narrations', () => {
    for (const [given, sent] of [
      [null, ''],
      ['', ''],
      ['!!!', ''],
      ['  a  b ', 'a b'],
      ['x'.repeat(40), 'x'.repeat(30)],
      ['वेतन', ''],
      ['Café Nº1', 'Cafe No1'],
    ] as const)
      expect(cleanNarration(given)).toBe(sent);
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(cleanNarration(text)).toMatch(/^(?:[A-Za-z0-9](?:[A-Za-z0-9 ]{0,28}[A-Za-z0-9])?)?$/);
      }),
    );
  });

  it('names', () => {
    for (const [given, sent] of [
      ['Test Beneficiary', 'Test Beneficiary'],
      ['Om', 'Om.'],
      ['X', 'X..'],
      ['Test & Sons (Pvt.) Ltd.', 'Test Sons (Pvt.) Ltd.'],
      ['Test Traders (India)', 'Test Traders (India'],
      ["O'Test", 'O’Test'],
      ['Trading-', 'Trading'],
      ['Té st', 'Te st'],
    ] as const)
      expect(cleanName(given, 50)).toBe(sent);
    for (const none of ['', '   ', '---', 'परीक्षण', '...']) expect(cleanName(none, 50)).toBeUndefined();
    fc.assert(
      fc.property(anyText(), fc.constantFrom(50, 120), (text, max) => {
        expect(cleanName(text, max) ?? 'none').toMatch(
          new RegExp(`^[A-Za-z0-9 ’\\-_/().]{2,${max - 1}}[A-Za-z0-9.]$`),
        );
      }),
    );
  });

  it('contacts and fund accounts', () => {
    expect(contactRequest(bank)).toBe('{"name":"Test Beneficiary","type":"customer","reference_id":"b-1"}');
    expect(fundAccountRequest(bank, 'cont_1')).toBe(
      '{"contact_id":"cont_1","account_type":"bank_account",' +
        '"bank_account":{"name":"Test Beneficiary","ifsc":"HDFC0000053","account_number":"765432123456789"}}',
    );
    const vpa: BeneficiaryDetails = {
      id: 'b-2',
      name: 'Test Beneficiary',
      account: { kind: 'vpa', address: 'test.beneficiary@exampleupi' },
    };
    expect(fundAccountRequest(vpa, 'cont_1')).toBe(
      '{"contact_id":"cont_1","account_type":"vpa","vpa":{"address":"test.beneficiary@exampleupi"}}',
    );
    expect(unusableField(bank)).toBeUndefined();
    expect(unusableField({ ...bank, name: 'परीक्षण' })).toBe('name');
    expect(
      unusableField({ ...bank, account: { kind: 'bank', accountNumber: '12 34', ifsc: 'HDFC0000053' } }),
    ).toBe('account_number');
    expect(
      unusableField({ ...bank, account: { kind: 'bank', accountNumber: '12345', ifsc: 'hdfc0000053' } }),
    ).toBe('ifsc');
    expect(unusableField({ ...vpa, account: { kind: 'vpa', address: 'nobody' } })).toBe('vpa');
  });
});
