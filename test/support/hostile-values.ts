/** Values that break what was not built for them. As JSON tokens, since some cannot be written in another way. */
const text = (value: string): string => JSON.stringify(value);

export const HOSTILE_TEXTS: readonly string[] = [
  '', ' ', '\t', '\n', '\r\n', '\0', 'a\0b', '\u0007', '\u001b[31m', '\u0085', '\ufeff', '\u200b', '\u202e', '\u2066abc', '\ud800', '\udc00a', 'a\ud83d', '😀', '👩‍👩‍👧‍👦', 'Z̸̢͝a͜l̨g͘o', 'नाम', 'اسم', '日本', 'ＡＢＣ１２３', '١٢٣٤٥٦٧٨٩', 'ﬃ', 'İ', 'ß', '\u0000\u0000',
  'null', 'undefined', 'NaN', 'Infinity', '-Infinity', 'true', '[object Object]', '0', '-1', '1e309', '0x1F', '1.0', '9007199254740993', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__',
  "'", '"', '\\', '`', "' or '1'='1", "'; drop table transactions; --", "1); select pg_sleep(5); --", "' union select secret_hash from api_keys --", '$1', '?', '??', ':id', '%', '_', '%27', '%00', '$$', 'E\'\\x00\'', "\\'; --",
  '${7*7}', '{{7*7}}', '<%= 7*7 %>', '#{7*7}', '${jndi:ldap://127.0.0.1/a}', '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', 'javascript:alert(1)', '=HYPERLINK("http://127.0.0.1")', '+1', '-1+1', '@SUM(1)', '＝1',
  '../../../../etc/passwd', '..\\..\\windows\\win.ini', '/dev/null', 'file:///etc/passwd', 'http://127.0.0.1:1/', '; ls', '| ls', '`ls`', '$(ls)', '&& ls', '\r\nSet-Cookie: a=b', '\r\n\r\nHTTP/1.1 200 OK', '%0d%0aX: y', '%s%s%s%n', '%x%x',
  '{"a":1}', '[1]', '(a+)+$', `${'a'.repeat(40)}!`, 'x'.repeat(256), 'x'.repeat(10_000), '\ud800'.repeat(1_000), '💥'.repeat(2_000), '1'.repeat(400), '.'.repeat(300), '@'.repeat(300), 'a@'.repeat(150),
];

export const HOSTILE_TOKENS: readonly string[] = [
  'null', 'true', 'false', '0', '-0', '-1', '1', '0.1', '1.5', '150000.0', '1e3', '1E400', '-1e400', '1e-400', '1e30', '9007199254740991', '9007199254740992', '9007199254740993', '-9007199254740993', '99999999999999999999999999', '0.30000000000000004', '150000.00000000000001',
  '""', '[]', '{}', '[[]]', '[null]', '["x"]', '{"x":1}', '{"$gt":0}', '{"__proto__":{"x":1}}', '{"constructor":{"prototype":{"x":1}}}', '{"toString":1}', '{"length":1}', '{"toJSON":1}', '{"a":1,"a":2}', '[1,2,3]', '{"type":"Buffer","data":[1]}',
  '"\\ud800"', '"\\u0000"', '"\\udc00\\ud800"', `"${'x'.repeat(30_000)}"`, '['.repeat(5_000) + ']'.repeat(5_000), '{"a":'.repeat(3_000) + '1' + '}'.repeat(3_000), `[${'0,'.repeat(20_000)}0]`, `{${Array.from({ length: 4_000 }, (_, i) => `"k${i}":1`).join(',')}}`,
  'NaN', 'Infinity', 'undefined', "'x'", '01', '+1', '.5', '0x10', '1_000', '"\n"', '"\t"', '"unclosed', '/* comment */ 1', '1,', '\ufeff1', '１',
  ...HOSTILE_TEXTS.filter((t) => t.length < 9_000).map(text),
];

/** Odd, and within every rule: they must be paid like any other. */
export const ODD_BUT_VALID = {
  name: ['null', 'undefined', 'NaN', 'true', '000', 'A..', "O'Brien", "A'''", 'A&B', 'DROP TABLE users', 'Test (Beneficiary) Pvt. Ltd.', 'A__-__', '1 or 1', 'constructor', `A${'b'.repeat(119)}`, 'Select.From'],
  account_number: ['000000000', '0'.repeat(18), '999999999', '9'.repeat(17) + '0', '123456789012'],
  ifsc: ['HDFC0000053', 'hdfc0000053', 'SBIN0ABCDEF', 'icic0000001'],
  reference: ['null', 'undefined', 'NaN', '0', '00', '1e5', '0x10', 'constructor', 'toString', 'a/../../b', 'a//b', 'a..b', 'a_b', 'A', 'R'.repeat(40), 'true', 'txn_01k3c2m4e8fwrs3v4x5y6z7a8b', '01977777-7777-7777-7777-777777777777'],
  narration: ['null', ' ', '          ', 'a', 'DROP TABLE users', '0', 'NaN', ' leading', 'trailing ', 'x'.repeat(30)],
  vpa: ['..@ab', '--@a1', 'a.b-c_d@ybl', '__@ab', `${'a'.repeat(70)}@b${'c'.repeat(20)}`, '00@ab', 'null@null', 'constructor@proto'],
  amount: [100, 101, 99_999, 100_000, 100_001, 49_999_999, 50_000_000],
  idempotencyKey: ['!!!!!!!!', '__proto__', 'constructor', 'k'.repeat(255), '%00%00%00', "';drop/**/table/**/x;--", '""""""""""""', '{{7*7}}{{7*7}}', '\\\\\\\\\\\\\\\\', 'null-null', '<script>alert(1)</script>', '00000000', 'undefined', '$1$2$3$4', '????????'],
} as const;
