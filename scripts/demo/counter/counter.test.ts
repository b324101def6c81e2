import { orderBody } from '../../../api/schemas/aeps';
import { fetchBody } from '../../../api/schemas/bbps';
import { ekycBody, recipientBody, senderBody } from '../../../api/schemas/dmt';
import { MOBILE } from '../../../api/schemas/fields';
import { bookingProblems, endProblems, sumOf, sumProblems } from './compare';
import { counterCount } from './counter';
import { createPeople } from './people';
import { counterBookTable, counterTable } from './print';
import type { Booking } from '../../mix/provider-books';
import { COUNTER_SCENARIOS, COUNTER_SERVICES, scenariosOf, type CounterService } from './scenarios';
import type { Taken } from './taken';
import type { OurTransaction } from '../our-rows';
import { plantedValues } from '../../../domain/verification/planted';
import { SCENARIO_CODES } from '../../../sandbox/scenarios';

const scenario = (service: CounterService, ending: string) =>
  scenariosOf(service).find((s) => s.ending === ending)!;
const taken = (
  service: CounterService,
  ending: string,
  status: string,
  over: Partial<Taken> = {},
): Taken => ({
  scenario: scenario(service, ending),
  label: 'one',
  id: 't1',
  publicId: 'txn_1',
  status,
  toFinalMs: 1_500,
  ...over,
});
const ours = (over: Partial<OurTransaction> = {}): OurTransaction => ({
  id: 't1',
  state: 'succeeded',
  amountPaise: 10_000n,
  floatNetPaise: 10_719n,
  walletNetPaise: 11_000n,
  effectsPosted: 1,
  decidedBy: 'poll',
  attempts: [{ ourReference: 'ref1', idempotencyKey: 'key1', bodyHash: 'aa', sendCount: 1 }],
  ...over,
});
const nothing = { floatNetPaise: 0n, walletNetPaise: 0n };
/** ₹100 with a charge of ₹10, less a commission of ₹2.87 of which ₹0.06 is TDS. */
const booked = (over: Partial<Booking> = {}): Booking => ({
  book: 'eko',
  service: 'dmt',
  reference: 'ref1',
  status: '0',
  amountPaise: 10_000n,
  netDebitPaise: 10_719n,
  requestsSeen: 1,
  ...over,
});
const withdrawal = { floatNetPaise: -10_039n, walletNetPaise: -10_000n };
const brought = (over: Partial<Booking> = {}): Booking => booked({ netDebitPaise: -10_039n, ...over });

it('the scenarios are those of the sandbox, for every service', () => {
  for (const service of COUNTER_SERVICES)
    expect(scenariosOf(service).map((s) => s.ending)).toEqual(SCENARIO_CODES);
  expect(counterCount(3)).toBe(123);
  expect(counterCount(0)).toBe(0);
});

describe('the people', () => {
  const people = createPeople('1234567');

  it('have what the API takes', () => {
    const aadhaar = people.aadhaar();
    const pid = people.pid();
    const customer = {
      mobile: people.mobile(),
      name: people.name('Customer'),
      parameters: [{ name: 'Consumer Number', value: people.number(12, '5555') }],
    };
    const counter = {
      agent_id: 'AX01AI06512391457204',
      terminal_id: 'demo-1',
      mobile: people.mobile(),
      geocode: '28.6139,77.2090',
      pincode: '110001',
      ip: '10.0.0.7',
    };
    const checks = [
      senderBody.validate({ mobile: people.mobile() }),
      ekycBody.validate({ aadhaar, pid }),
      fetchBody.validate({ biller: 'SUND00000MAH01', customer, counter }),
      recipientBody.validate({
        name: people.name('Recipient'),
        mobile: people.mobile(),
        ifsc: 'SBIN0000001',
        account_number: people.number(14, '1111'),
      }),
      orderBody.validate({
        amount: 10_100,
        currency: 'INR',
        reference: 'demo-1',
        customer: { mobile: people.mobile('7777'), bank: 'HDFC' },
        terminal: { id: 'demo-1', latlong: '21.145800,79.088200' },
        aadhaar,
        pid,
      }),
    ];
    expect(checks.flatMap((c) => c.error ?? [])).toEqual([]);
  });

  it('end as their scenario wants, and no two are alike', () => {
    expect(people.mobile('4444')).toMatch(/^8\d{5}4444$/);
    for (const length of [11, 12, 14])
      expect(people.number(length, '9999')).toMatch(new RegExp(`^8\\d{${length - 5}}9999$`));
    const many = Array.from({ length: 500 }, () => [people.mobile('0000'), people.number(11, '0000')]).flat();
    expect(new Set(many).size).toBe(1_000);
    expect(many.filter((m) => m.length === 10).every((m) => MOBILE.test(m))).toBe(true);
  });

  it('leave nothing behind that is not looked for; a one-time password is looked for as a field', () => {
    const one = createPeople();
    const values = [one.mobile(), one.number(12, '0000'), one.name('Customer'), one.aadhaar(), one.pan()];
    const pid = one.pid();
    one.saw('1234');
    one.saw('1234');
    expect(one.planted).toEqual([
      ...values,
      expect.any(String),
      '"otp":"1234"',
      String.raw`\"otp\":\"1234\"`,
      'otp=1234',
      'otp: 1234',
    ]);
    expect(pid).toContain(one.planted[5]);
    expect(plantedValues(one.planted).values.length).toBeGreaterThan(8);
  });
});

describe('what the provider says of a transaction at the counter', () => {
  it.each<[string, Taken, OurTransaction, Booking[]]>([
    ['a transfer, less the commission for it', taken('dmt', '0000', 'SUCCESS'), ours(), [booked()]],
    [
      'a refund',
      taken('dmt', '3333', 'REFUNDED'),
      ours({ state: 'refunded', ...nothing }),
      [booked({ status: '4', netDebitPaise: 0n })],
    ],
    [
      'what the provider does not know',
      taken('dmt', '7777', 'FAILED'),
      ours({ state: 'failed', ...nothing }),
      [],
    ],
    [
      'a bill',
      taken('bbps', '2222', 'SUCCESS'),
      ours({ floatNetPaise: 11_000n }),
      [booked({ book: 'billpay', status: 'Success', netDebitPaise: 11_000n })],
    ],
    [
      'a recharge that was sent back',
      taken('recharge', '4444', 'REVERSED'),
      ours({ state: 'reversed', ...nothing }),
      [booked({ book: 'recharge', status: 'REVERSED', netDebitPaise: 0n })],
    ],
    ['a withdrawal', taken('aeps', '0000', 'SUCCESS'), ours(withdrawal), [brought()]],
    [
      'a withdrawal that was learnt too late',
      taken('aeps', '2222', 'IN REVIEW'),
      ours({ state: 'in_review', floatNetPaise: -10_039n, walletNetPaise: 0n }),
      [brought()],
    ],
    [
      'a withdrawal that was sent back',
      taken('aeps', '4444', 'REFUNDED'),
      ours({ state: 'refunded', ...nothing }),
      [brought({ status: '4', netDebitPaise: 0n })],
    ],
  ])('agrees about %s', (_what, t, row, bookings) => {
    expect([
      ...endProblems(t),
      ...bookingProblems(t, row, bookings),
      ...sumProblems(sumOf(t.scenario.service, [{ taken: t, ours: row, bookings }])),
    ]).toEqual([]);
  });

  it.each<[string, Taken, OurTransaction, Booking[], RegExp]>([
    [
      'paid twice',
      taken('dmt', '0000', 'SUCCESS'),
      ours(),
      [booked(), booked()],
      /booked it 2 times, not 1; the provider moved money for it 2 times; .*took ₹214.38, .*gave ₹107.19/,
    ],
    ['never paid', taken('recharge', '5555', 'SUCCESS'), ours(), [], /booked it 0 times/],
    [
      'failed with us, done there',
      taken('aeps', '6666', 'FAILED'),
      ours({ state: 'failed', ...nothing }),
      [brought()],
      /says 0, not 1; .*took -₹100.39/,
    ],
    [
      'another amount',
      taken('dmt', '0000', 'SUCCESS'),
      ours(),
      [booked({ amountPaise: 1n })],
      /₹0.01 instead of ₹100.00/,
    ],
    [
      'another state',
      taken('dmt', '2222', 'SUCCESS'),
      ours({ state: 'dispatched' }),
      [booked()],
      /its row says dispatched/,
    ],
    [
      'a wallet that was not made whole',
      taken('bbps', '1111', 'FAILED'),
      ours({ state: 'failed', floatNetPaise: 0n, walletNetPaise: 5n }),
      [booked({ status: 'Failure', netDebitPaise: 0n })],
      /wallet is ₹0.05 short/,
    ],
    [
      'a reversal that we have not heard of',
      taken('aeps', '4444', 'SUCCESS'),
      ours(withdrawal),
      [brought({ status: '4', netDebitPaise: 0n })],
      /took ₹0.00, .*gave -₹100.39/,
    ],
    [
      'a commission that was not posted',
      taken('dmt', '0000', 'SUCCESS'),
      ours({ floatNetPaise: 11_000n }),
      [booked()],
      /took ₹107.19, .*gave ₹110.00/,
    ],
    [
      'a wallet that was credited too little',
      taken('aeps', '0000', 'SUCCESS'),
      ours({ ...withdrawal, walletNetPaise: -1n }),
      [brought()],
      /wallet paid/,
    ],
  ])('disagrees when it was %s', (_what, t, row, bookings, said) => {
    expect(bookingProblems(t, row, bookings).join('; ')).toMatch(said);
  });

  it('is compared with the scenario table; what was not accepted is a problem', () => {
    expect(endProblems(taken('dmt', '1111', 'SUCCESS'))).toEqual(['ended as SUCCESS, not as FAILED']);
    expect(endProblems(taken('aeps', '9999', 'FAILED'))).toEqual([
      'ended as FAILED, not as SUCCESS or IN REVIEW',
    ]);
    expect(endProblems(taken('aeps', '0000', 'NOT ACCEPTED', { problem: 'refused' }))).toEqual(['refused']);
  });

  it('sums that differ are said', () => {
    const sum = sumOf('dmt', [
      { taken: taken('dmt', '0000', 'SUCCESS'), ours: ours({ floatNetPaise: 1n }), bookings: [booked()] },
    ]);
    expect(sumProblems(sum)).toEqual(['Eko and our accounts differ by ₹107.18 over all of dmt']);
    expect(counterBookTable([sum], 2)).toMatch(
      /^Eko, money transfers +1 +1 +1 +₹107\.19 +₹0\.01\n2 transactions of others meanwhile$/m,
    );
  });
});

it('the table has a line for each service and ending that was tried', () => {
  const table = counterTable(COUNTER_SCENARIOS.map((s) => taken(s.service, s.ending, s.endsAs[0]!)));
  expect(table.split('\n')).toHaveLength(41);
  expect(table).toMatch(/^withdrawal +…0000 +done at once +1 {2}SUCCESS +as expected +1\.50 s +1\.50 s$/m);
  expect(counterTable([taken('bbps', '0000', 'FAILED')])).toMatch(/1 not SUCCESS/);
});
