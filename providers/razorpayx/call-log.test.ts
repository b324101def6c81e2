import { masked, maskedText, routeOf } from './call-log';

describe('what of RazorpayX may be read in the API log', () => {
  it('ids, references, amounts and status words; no name, no address of payment, no note and no narration', () => {
    expect(
      masked({
        id: 'pout_00000000000001',
        entity: 'payout',
        amount: 1_000,
        status: 'failed',
        utr: 'HDFC1234567',
        narration: 'For Test Beneficiary',
        notes: { key: 'Test Beneficiary' },
        fund_account: {
          id: 'fa_1',
          bank_account: { name: 'Test Beneficiary', account_number: '000111222333', ifsc: 'HDFC0000053' },
          vpa: { address: 'test@okbank', username: 'test' },
          contact: { name: 'Test Beneficiary', email: 'test@munim.example', contact: '9876500001' },
        },
      }),
    ).toEqual({
      id: 'pout_00000000000001',
      entity: 'payout',
      amount: 1_000,
      status: 'failed',
      utr: 'HDFC1234567',
      narration: '<hidden>',
      notes: { key: '<hidden>' },
      fund_account: {
        id: 'fa_1',
        bank_account: { name: '<hidden>', account_number: '…2333', ifsc: 'HDFC0000053' },
        vpa: { address: '<hidden>', username: '<hidden>' },
        contact: { name: '<hidden>', email: '<hidden>', contact: '<hidden>' },
      },
    });
  });

  it('no sentence, under whatever name it stands', () => {
    expect(
      masked({
        error: {
          code: 'BAD_REQUEST_ERROR',
          reason: 'Test Beneficiary has closed this account',
          source: 'x'.repeat(101),
          description: 'The account of Test Beneficiary',
          field: 'account_number',
        },
      }),
    ).toEqual({
      error: {
        code: 'BAD_REQUEST_ERROR',
        reason: '<hidden>',
        source: '<hidden>',
        description: '<hidden>',
        field: 'account_number',
      },
    });
  });

  it('bytes that are no JSON are not kept', () => {
    expect([
      maskedText(undefined),
      maskedText('{"status":"queued"}'),
      maskedText(Buffer.from('{"amount":5}')),
      maskedText('Test Beneficiary'),
      maskedText(''),
    ]).toEqual([undefined, { status: 'queued' }, { amount: 5 }, '<not JSON>', '<not JSON>']);
  });

  it.each([
    ['/payouts', '/payouts'],
    ['/payouts/pout_00000000000001', '/payouts/{id}'],
    ['/payouts?account_number=000111222333&reference_id=x', '/payouts'],
    ['/fund_accounts', '/fund_accounts'],
    ['/transactions?from=1', '/transactions'],
    ['/contacts/cont_00000000000001/x', '/contacts/{id}/x'],
  ])('the route of %s is %s', (path, route) => {
    expect(routeOf(path)).toBe(route);
  });
});
