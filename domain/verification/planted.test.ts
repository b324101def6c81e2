import { countPlanted, plantedValues } from './planted';
import { isIdsOnly } from '../../scripts/verify/run';

const values = ['Test Beneficiary 0001', 'Test Beneficiary 0002', '911122223333', 'trader.0001@okbank'];

describe('planted values', () => {
  const planted = plantedValues(values);

  it('look for few beginnings, of the values as they are and in lower case', () => {
    expect(planted.values).toHaveLength(6);
    expect(planted.beginnings).toEqual(['Test Benef', 'test benef', '9111222233', 'trader.000']);
  });

  it.each([
    ['nothing of them', 'paid 911122 to Test Beneficiary 0003', 0],
    ['one', '{"name":"Test Beneficiary 0001"}', 1],
    ['one in lower case', 'test beneficiary 0002', 1],
    ['one in both', 'test beneficiary 0002 Test Beneficiary 0002', 1],
    ['several', 'Test Beneficiary 0001 to 911122223333 or trader.0001@okbank', 3],
    ['none in nothing', '', 0],
  ])('count %s', (_what, text, count) => {
    expect(countPlanted(planted, text)).toBe(count);
  });

  it('refuse what is found by chance, without repeating it', () => {
    expect(() => plantedValues(['12345'])).toThrow(/at least 6/);
    expect(() => plantedValues(['12345'])).not.toThrow(/12345/);
  });
});

describe('a job payload of ids only', () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057';
  it.each([[`{"ids":["${id}"]}`], [`{"ids":["${id}","${id}"]}`], ['{"ids":[]}']])('is %s', (data) => {
    expect(isIdsOnly(data)).toBe(true);
  });
  it.each([
    [`{"ids":["${id}"],"name":"x"}`],
    ['{"ids":["911122223333"]}'],
    ['{"ids":"all"}'],
    ['{}'],
    ['[]'],
    ['null'],
    ['not json'],
    [`{"ids":[{"a":"${id}"}]}`],
  ])('is not %s', (data) => {
    expect(isIdsOnly(data)).toBe(false);
  });
});
