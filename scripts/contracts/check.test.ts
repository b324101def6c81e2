import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from '../stack/root';
import { checkCopies, differencesOf } from './check';
import { contractDocuments } from './documents';
import { runContracts } from './run';

const NOW = new Date('2026-11-29T06:00:00Z');
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-contracts-'));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

function put(file: string, text: string): void {
  const full = path.join(folder, file);
  fs.mkdirSync(path.dirname(full), { recursive: true });
  fs.writeFileSync(full, text);
}

const read = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');
const check = (): ReturnType<typeof runContracts> => runContracts(ROOT, ['--check', folder], NOW);

const OPENAPI = 'test/fixtures/setu/setu-recharge-openapi.json';
interface Document {
  paths: Record<string, Record<string, { requestBody: { content: Record<string, { schema: object }> } }>>;
}

describe('npm run contracts', () => {
  test('prints every document with its age', () => {
    const { lines, exitCode } = runContracts(ROOT, [], NOW);
    expect(exitCode).toBe(0);
    for (const { version } of contractDocuments(ROOT)) expect(lines.join('\n')).toContain(version);
  });

  test.each([
    ['another option', ['--verify', 'x'], 'usage: npm run contracts'],
    ['no folder', ['--check'], 'usage: npm run contracts'],
    ['a folder that is not there', ['--check', '/nowhere/at/all'], '/nowhere/at/all is no folder'],
  ])('ends with 2 on %s', (_, args, why) => {
    const { lines, exitCode } = runContracts(ROOT, args, NOW);
    expect(exitCode).toBe(2);
    expect(lines.join('\n')).toContain(why);
  });
});

describe('--check', () => {
  test('ends with 0 when every copy says the same', () => {
    fs.cpSync(path.join(ROOT, 'test', 'fixtures'), folder, { recursive: true });
    const { lines, exitCode } = check();
    expect(lines.join('\n')).toMatch(/\d+ the same, 0 different, 0 without a newer copy/);
    expect(exitCode).toBe(0);
  });

  test('ends with 3 when nothing differs and something is missing', () => {
    put('setu/setu-recharge-openapi.json', read(OPENAPI));
    const { lines, exitCode } = check();
    expect(lines.join('\n')).toContain('test/fixtures/eko/contract.json: no newer copy in the folder');
    expect(exitCode).toBe(3);
  });

  test('ends with 1 and names each field of an OpenAPI file that differs', () => {
    const text = read(OPENAPI);
    const newer = JSON.parse(text) as Document;
    const [route, item] = Object.entries(newer.paths).find(([, methods]) => methods.post !== undefined)!;
    newer.paths[route] = { post: structuredClone(item.post!) };
    newer.paths['/recharge/new'] = { post: item.post! };
    newer.paths[route].post!.requestBody = {
      content: {
        'application/json': {
          schema: { type: 'object', required: ['consent'], properties: { consent: { type: 'boolean' } } },
        },
      },
    };
    put('docs/api-references/payments/billpay/mobile-prepaid-recharge.json', JSON.stringify(newer));
    const { lines, exitCode } = check();
    expect(exitCode).toBe(1);
    expect(lines).toContain(`    POST ${route}, body`);
    expect(lines).toContain('      + consent: required, boolean');
    expect(lines.some((line) => /^ {6}- \w+: (?:required|optional), string/.test(line))).toBe(true);
    expect(lines.some((line) => line.startsWith('    + POST /recharge/new ('))).toBe(true);
  });

  test('ends with 2 when nothing can be compared, or a file is broken', () => {
    put('notes.md', '# nothing');
    expect(check()).toEqual({
      lines: [expect.stringContaining('has no newer copy of any contract')],
      exitCode: 2,
    });
    put('eko/contract.json', '{');
    const { lines, exitCode } = check();
    expect(lines.join('\n')).toContain(
      'eko/contract.json cannot be compared with test/fixtures/eko/contract.json',
    );
    expect(exitCode).toBe(2);
  });

  test('takes the file of the source, and of several the one that lies highest', () => {
    put('deep/clone/eko/contract.json', '{"endpoints": []}');
    put('eko/contract.json', read('test/fixtures/eko/contract.json'));
    const eko = contractDocuments(ROOT).filter(({ copy }) => copy?.includes('eko'));
    expect(checkCopies(ROOT, folder, eko).exitCode).toBe(0);
  });
});

describe('an OpenAPI file', () => {
  const withSchema = (schema: object): string =>
    JSON.stringify({
      openapi: '3.0.1',
      paths: { '/pay': { post: { responses: { 200: { content: { 'application/json': { schema } } } } } } },
      components: {
        schemas: { Tree: { type: 'object', properties: { below: { $ref: '#/components/schemas/Tree' } } } },
      },
    });

  test('is compared through references, lists and variants, and examples do not count', () => {
    const ours = withSchema({
      type: 'object',
      required: ['status'],
      properties: {
        status: { type: 'string', enum: ['Success', 'Failure'], example: 'Success' },
        tree: { $ref: '#/components/schemas/Tree' },
        lines: { type: 'array', items: { oneOf: [{ properties: { a: { type: 'string' } } }] } },
      },
    });
    const newer = withSchema({
      type: 'object',
      properties: {
        status: { type: 'string', enum: ['Failure', 'Pending', 'Success'], example: 'Failure' },
        tree: { $ref: '#/components/schemas/Tree' },
        lines: {
          type: 'array',
          items: { oneOf: [{ properties: { a: { type: 'string', maxLength: 20 } } }] },
        },
      },
    });
    expect(differencesOf(ours, newer)).toEqual([
      {
        group: 'POST /pay, answer 200',
        field: 'status',
        ours: 'required, string, one of Failure | Success',
        newer: 'optional, string, one of Failure | Pending | Success',
      },
      {
        group: 'POST /pay, answer 200',
        field: 'lines[](1).a',
        ours: 'optional, string',
        newer: 'optional, string, maxLength 20',
      },
    ]);
    expect(differencesOf(ours, ours)).toEqual([]);
  });
});

const PAGE = `# Create

### Response

\`\`\`json: Created
{
  "id": "fav_1",
  "status": "created",
  "amount": 100
  "utr": null,
}
\`\`\`json: Failed
{ "id": "fav_1", "status": "failed" },
\`\`\`

### Parameters

\`account\`_mandatory_
: \`object\` What is validated.

    \`name\` _optional_
    : \`string\` The name. Possible values: - \`one\`
- \`two\`

### Parameters

\`status\`
: \`string\` The status.
`;

describe('a page in markdown', () => {
  const copy = (parameters: Record<string, string>, created: object): string =>
    JSON.stringify({
      sample: 'api/create',
      examples: [
        { title: 'Created', json: created },
        { title: 'Failed', json: { id: 'x', status: 'failed' } },
      ],
      parameters,
    });
  const PARAMETERS = {
    'request account': 'mandatory, object',
    'request account.name': 'optional, string, one of one | two',
    'answer status': 'string',
  };

  test('is read through its slips: joined blocks, missing and spare commas', () => {
    const created = { id: 'other', status: 'created', amount: 1, utr: null };
    expect(differencesOf(copy(PARAMETERS, created), PAGE)).toEqual([]);
  });

  test('a sample that is no JSON is one difference, for the eye; signs without a width do not matter', () => {
    const created = { id: 'other', status: 'created', amount: 1, utr: null };
    const hidden = PAGE.replace('"id": "fav_1"', '"id": \u200B"fav_1"\u200B').replace(
      'json: Created',
      'JSON: Created',
    );
    expect(differencesOf(copy(PARAMETERS, created), hidden)).toEqual([]);
    const broken = PAGE.replace('"amount": 100', '"amount": ?');
    expect(differencesOf(copy(PARAMETERS, created), broken)).toEqual([
      { group: 'sample "Created"', field: '(all)', newer: 'is no JSON, compare it by eye' },
    ]);
  });

  test('differs by type, word and need, and not by any other value', () => {
    const created = { id: 'other', status: 'queued', amount: '100', utr: null };
    expect(
      differencesOf(copy({ ...PARAMETERS, 'request account': 'optional, object' }, created), PAGE),
    ).toEqual([
      { group: 'sample "Created"', field: 'status', ours: 'text "queued"', newer: 'text "created"' },
      { group: 'sample "Created"', field: 'amount', ours: 'text', newer: 'number' },
      { group: 'parameters', field: 'request account', ours: 'optional, object', newer: 'mandatory, object' },
    ]);
  });
});

describe("Eko's calls", () => {
  const ours = JSON.stringify({
    endpoints: [
      {
        id: 'pay',
        method: 'POST',
        path: '/pay/{id}',
        params: [
          { name: 'id', in: 'path', type: 'string', required: true },
          { name: 'amount', in: 'body', type: 'number', required: true },
        ],
        samples: [
          { label: 'Success', body: { status: 0, data: { tid: '1' } } },
          { label: 'Other: Wrong OTP (HTTP 200)', body: { status: 302 } },
        ],
      },
    ],
  });

  test("are compared with the mock server's data, which has more calls and says less", () => {
    const mock = [
      {
        slug: 'pay',
        method: 'POST',
        path: '/pay/{id}',
        request: { amount: 1, otp_ref: '' },
        successResponse: { status: 0, data: { tid: 1 } },
        errors: [{ scenario: 'Wrong OTP', example: { status: 302 } }],
      },
      { slug: 'other', method: 'GET', path: '/', request: {}, successResponse: {}, errors: [] },
    ];
    expect(differencesOf(ours, JSON.stringify(mock))).toEqual([
      { group: 'pay', field: 'body otp_ref', newer: 'there' },
      { group: 'pay, sample "Success"', field: 'data.tid', ours: 'text', newer: 'number' },
    ]);
  });
});
