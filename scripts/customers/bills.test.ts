import { paymentBody } from '../../api/schemas/bbps';
import { validate } from '../../api/schemas/validate';
import { PAYMENT_MODES } from '../../domain/bbps/remitter';
import { billRequest } from './bills';

test('orders of bills take every payment mode in turn, each with what it asks of who pays', () => {
  const bodies = Array.from({ length: 8 }, (_, n) =>
    validate(
      paymentBody,
      JSON.parse(billRequest({ reference: `bill-${n}`, amount: 10_000, n, ending: '0000' }).body),
      '#',
    ),
  );
  expect(new Set(bodies.map((body) => body.payment_mode))).toEqual(new Set(PAYMENT_MODES));
  for (const { payment_mode: mode, remitter } of bodies)
    expect([
      mode,
      remitter?.name !== undefined,
      remitter?.vpa !== undefined,
      remitter?.ifsc !== undefined,
    ]).toEqual([mode, true, mode === 'UPI', mode === 'Bharat QR']);
});
