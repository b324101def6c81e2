import { readUserFile } from './user-import';

const HEADER = 'type,name,mobile,email,language,city,state_code,pin_code,services,parent';
const read = (...lines: string[]) => readUserFile(Buffer.from(lines.join('\n')));

test('a line is what the body of POST /v1/users is, and a number is its ten digits', async () => {
  const { lines } = await read(
    HEADER,
    'retailer,"Test Stores, Pune",+91 98765 43210,shop@munim.example,hi,Pune,27,411001,payout;recharge,09876500000',
  );
  expect(lines).toEqual([
    {
      line: 2,
      given: {
        type: 'retailer',
        name: 'Test Stores, Pune',
        mobile: '9876543210',
        email: 'shop@munim.example',
        language: 'hi',
        services: ['payout', 'recharge'],
        address: { city: 'Pune', stateCode: '27', pinCode: '411001' },
        parent: { mobile: '9876500000' },
      },
    },
  ]);
});

test('headers go by their letters, lines end as they like, zeros and formulas are texts, empty cells are not there', async () => {
  const { lines } = await readUserFile(
    Buffer.from(
      '\ufeffType,NAME,Mobile,State Code,City,pin-code\r\nretailer,007,9876543210,,,\n\n,,,,,\nretailer,=1+1,9876543211,,,\r\n',
    ),
  );
  expect(lines).toEqual([
    { line: 2, given: { type: 'retailer', name: '007', mobile: '9876543210' } },
    {
      line: 5,
      refusal: {
        code: 'REQUEST_FIELD_INVALID',
        reason: expect.stringMatching(/^name: must be Latin letters/) as string,
      },
    },
  ]);
});

test('what is wrong with a line is said by its rules, and what stands there is not repeated', async () => {
  const { lines } = await read(
    HEADER,
    'shop,x,12345,no-address,fr,,27,,fly,usr_unknown',
    'retailer,Test Stores',
  );
  expect(lines.map((line) => ('refusal' in line ? line.refusal : line))).toEqual([
    { code: 'REQUEST_FIELD_INVALID', reason: expect.any(String) as string },
    { code: 'IMPORT_FILE_INVALID', reason: 'the line has 2 values instead of 10' },
  ]);
  const { reason } = (lines[0] as { refusal: { reason: string } }).refusal;
  for (const field of ['type', 'name', 'mobile', 'email', 'language', 'address/city', 'services/0'])
    expect(reason).toContain(`${field}: `);
  for (const value of ['12345', 'no-address', 'fly']) expect(reason).not.toContain(value);
});

test.each<[string, string | Buffer, string]>([
  ['an empty file', '', 'it has no line'],
  ['a header alone', HEADER, 'it has a header and no line behind it'],
  ['other bytes', Buffer.from([0xff, 0xfe, 0x41]), 'it is not in UTF-8'],
  [
    'too many lines',
    `${HEADER}\n${'retailer,A,9876543210,,,,,,,\n'.repeat(2_001)}`,
    'it has more than 2000 lines',
  ],
  ['a column that is missing', 'type,name\nretailer,Test Stores', 'the columns mobile are missing'],
  ['a column that is not known', 'type,name,mobile,pan\nretailer,Test Stores,9876543210,1', 'not known'],
  ['a column twice', 'type,name,mobile,name\nretailer,A,9876543210,B', 'stand there twice'],
])('%s is refused whole', async (_name, file, says) => {
  await expect(readUserFile(Buffer.from(file))).rejects.toMatchObject({
    detail: expect.stringContaining(says) as string,
  });
});
