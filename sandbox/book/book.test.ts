/** The parts of the sandbox's book: file, index, ids and fees. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { createNumberColumn, createPaiseColumn, words } from './columns';
import { openLogFile, type LinePlace } from './log-file';
import { createLookup, NONE, UNREAD } from './lookup';
import { createRowStore } from './row-store';
import { feesFor } from '../razorpayx/fees';
import { createIds, utrOf, type IdPrefix } from '../razorpayx/ids';
import { createStatement } from '../razorpayx/statement';

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-sandbox-book-'));
});
afterEach(() => {
  fs.rmSync(dir, { recursive: true, force: true });
});

async function open(file: string) {
  const lines: { entry: unknown; place: LinePlace }[] = [];
  const log = await openLogFile({
    path: file,
    onLine: (entry, place) => {
      lines.push({ entry, place });
    },
    onFailure: (error) => {
      throw error;
    },
  });
  return { log, lines };
}

describe('the file', () => {
  it('replays what was appended, and reads each line at its place', async () => {
    const file = path.join(dir, 'book.jsonl');
    const entries = Array.from({ length: 5_000 }, (_, i) => ({ i, text: `₹ ${'x'.repeat(i % 700)}` }));
    const first = await open(file);
    const places = entries.map((entry) => first.log.append(entry));
    expect(await first.log.read(places[4_999]!)).toEqual(entries[4_999]);
    await first.log.close();
    const second = await open(file);
    expect(second.lines.map((l) => l.entry)).toEqual(entries);
    expect(second.lines.map((l) => l.place)).toEqual(places);
    for (const i of [0, 1, 2_500, 4_999]) expect(await second.log.read(places[i]!)).toEqual(entries[i]);
    await second.log.close();
  });

  it('has on disk what flushed() promised, however many lines wait together', async () => {
    const file = path.join(dir, 'book.jsonl');
    const { log } = await open(file);
    const onDisk = (): number => fs.readFileSync(file, 'utf8').split('\n').length - 1;
    for (let round = 1; round <= 5; round += 1) {
      for (let i = 0; i < 100; i += 1) log.append({ round, i });
      await log.flushed();
      expect(onDisk()).toBe(round * 100);
    }
    await log.close();
  });

  it('is cut wherever a kill left it, and goes on from there', async () => {
    const whole = Array.from({ length: 4 }, (_, i) => `${JSON.stringify({ i, text: 'ab₹' })}\n`).join('');
    const bytes = Buffer.from(whole);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length }), async (length) => {
        const file = path.join(dir, `cut-${length}.jsonl`);
        fs.writeFileSync(file, bytes.subarray(0, length));
        const wholeLines = bytes.subarray(0, length).toString('latin1').split('\n').length - 1;
        const cut = await open(file);
        expect(cut.lines).toHaveLength(wholeLines);
        cut.log.append({ next: true });
        await cut.log.close();
        const again = await open(file);
        expect(again.lines).toHaveLength(wholeLines + 1);
        await again.log.close();
      }),
      { numRuns: 60 },
    );
  });

  it('cuts a last line that does not parse, and refuses one with others after it', async () => {
    const file = path.join(dir, 'book.jsonl');
    fs.writeFileSync(file, '{"a":1}\n\u0000\u0000\u0000\n');
    const cut = await open(file);
    expect(cut.lines).toHaveLength(1);
    await cut.log.close();
    fs.writeFileSync(file, '{"a":1}\n{"b\n{"c":1}\n');
    await expect(open(file)).rejects.toThrow(/damaged at byte 8/);
  });
});

describe('the index', () => {
  it('finds by text what a map finds, also when the row has to be read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...Array.from({ length: 12 }, (_, i) => `key ${i}`)), { maxLength: 60 }),
        async (keys) => {
          const file = path.join(dir, `index-${Math.random()}.jsonl`);
          const { log } = await open(file);
          const rows = createRowStore<{ key: string }>(() => log, 3); // keeps almost nothing in memory
          const lookup = createLookup(rows, (row) => row.key);
          for (const key of keys) lookup.add(key, rows.add({ key }, log.append({ key })));
          for (const key of [...new Set(keys), 'absent']) {
            let slot = lookup.find(key);
            while (slot === UNREAD) {
              await lookup.load(key);
              slot = lookup.find(key);
            }
            const expected = keys
              .map((k, i) => (k === key ? i : -1))
              .filter((i) => i !== -1)
              .toReversed();
            expect({
              slot,
              all: await lookup.all(key, () => true, 100),
              even: await lookup.all(key, (i) => i % 2 === 0, 2),
            }).toEqual({
              slot: keys.includes(key) ? keys.lastIndexOf(key) : NONE,
              all: expected,
              even: expected.filter((i) => i % 2 === 0).slice(0, 2),
            });
          }
          await log.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  it('holds a hundred thousand texts', async () => {
    const { log } = await open(path.join(dir, 'book.jsonl'));
    const rows = createRowStore<string>(() => log, 1_000_000);
    const lookup = createLookup(rows, (row) => row);
    const found: [number, number][] = [];
    for (let i = 0; i < 100_000; i += 1)
      lookup.add(`reference ${i}`, rows.add(`reference ${i}`, { offset: 0, length: 0 }));
    for (let i = 0; i < 100_000; i += 97) found.push([i, lookup.find(`reference ${i}`)]);
    expect(found.filter(([i, slot]) => slot !== i)).toEqual([]);
    expect(lookup.find('reference 100000')).toBe(NONE);
    await log.close();
  });

  it('columns grow and remember', () => {
    const numbers = createNumberColumn(words);
    const paise = createPaiseColumn();
    for (let i = 0; i < 5_000; i += 7) {
      numbers.set(i, i + 1);
      paise.set(i, BigInt(-i));
    }
    const places = Array.from({ length: 5_000 }, (_, i) => i);
    expect(places.map((i) => [numbers.get(i), paise.get(i)])).toEqual(
      places.map((i) => (i % 7 === 0 ? [i + 1, BigInt(-i)] : [0, 0n])),
    );
    expect(numbers.get(1_000_000)).toBe(0);
  });
});

describe('ids', () => {
  const prefixes: IdPrefix[] = ['cont', 'fa', 'pout', 'txn', 'rvrsl', 'bt', 'evt', 'acc'];

  it('name their slot, look like the provider’s, and are known only to their own book', () => {
    const anySlot = fc.integer({ min: 0, max: 4_294_967_295 });
    fc.assert(
      fc.property(anySlot, anySlot, fc.constantFrom(...prefixes), (seed, slot, prefix) => {
        const ids = createIds(seed);
        const id = ids.of(prefix, slot);
        expect(id).toMatch(new RegExp(`^${prefix}_[0-9A-Za-z]{14}$`));
        expect(ids.slotOf(prefix, id)).toBe(slot);
        expect(createIds(seed ^ 1).slotOf(prefix, id)).toBe(-1);
        const others = prefixes.filter((p) => p !== prefix);
        expect(
          others.filter((other) => ids.slotOf(other, `${other}_${id.slice(prefix.length + 1)}`) !== -1),
        ).toEqual([]);
      }),
    );
  });

  it('never throw on anything else', () => {
    const ids = createIds(7);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(ids.slotOf('pout', text)).toBe(-1);
        expect(ids.slotOf('pout', `pout_${text}`)).toBe(-1);
      }),
    );
  });

  it('are all different', () => {
    const ids = createIds(42);
    const seen = new Set<string>();
    for (let slot = 0; slot < 50_000; slot += 1) seen.add(ids.bare('evt', slot));
    expect(seen.size).toBe(50_000);
  });

  it('UTRs carry the Indian date', () => {
    const newYear = Date.UTC(2025, 11, 31, 18, 30) / 1_000; // 2026-01-01 00:00 in Asia/Kolkata
    expect(utrOf('IMPS', 42, newYear)).toBe('600100000042');
    expect(utrOf('UPI', 42, newYear - 1)).toBe('536523000042');
    expect(utrOf('NEFT', 42, newYear)).toBe('SNDBN26001000042');
    expect(utrOf('RTGS', 42, newYear)).toBe('SNDBR20260101000000042');
  });
});

it('fees are 3.00 rupees and 18 % GST in every mode', () => {
  for (const mode of ['IMPS', 'NEFT', 'RTGS', 'UPI'] as const)
    expect(feesFor(mode, 20_000_000n)).toEqual({ feesPaise: 354n, taxPaise: 54n });
});

it('a statement is never overdrawn', () => {
  const statement = createStatement();
  statement.add('deposit', 0, 100n, 1);
  statement.add('payout', 0, 100n, 2);
  expect(() => {
    statement.add('payout', 1, 1n, 3);
  }).toThrow(RangeError);
  statement.add('reversal', 0, 100n, 3);
  expect([statement.balancePaise, statement.creditsPaise, statement.debitsPaise, statement.count]).toEqual([
    100n,
    200n,
    100n,
    3,
  ]);
  expect(statement.row(2)).toEqual({
    kind: 'reversal',
    slot: 0,
    amountPaise: 100n,
    balancePaise: 100n,
    at: 3,
  });
});
