import * as fc from 'fast-check';

/**
 * Any text that JavaScript can hold, halves of pairs among it. `fc.string({ unit: 'binary' })` gives the same, but first
 * lists every character that there is, for which it takes a second.
 */
export function anyText(lengths: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<string> {
  const character = fc.oneof(fc.integer({ min: 0, max: 0xff_ff }), fc.integer({ min: 0, max: 0x10_ff_ff }));
  const mixed = fc.array(character, lengths).map((points) => String.fromCodePoint(...points));
  return fc.oneof(mixed, mixed, fc.string(lengths));
}
