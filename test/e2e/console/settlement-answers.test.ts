/** An answer of our bank by the API for staff: kept by one, looked at, and let in by another. */
import { execute } from '../../../platform/database';
import type { StaffRole } from '../../support/access';
import { createFilesWorld, type FilesWorld } from '../../support/settlement-files';
import { startStaffApi, type StaffApi } from '../../support/staff-api';

let files: FilesWorld;
let api: StaffApi;
beforeAll(async () => {
  files = await createFilesWorld();
  // both make an account of that address
  await execute(
    files.world.knex,
    `update users set email = 'other@munim.example' where email = 'admin@munim.example'`,
  );
  api = await startStaffApi(files.world);
});
afterAll(async () => {
  await api.close();
  await files.close();
});

interface Reply {
  status: number;
  body: Record<string, unknown> & { links: Record<string, string>; data: Record<string, unknown>[] };
}
async function call(role: StaffRole, path: string, body?: object | Buffer): Promise<Reply> {
  const isFile = Buffer.isBuffer(body);
  const response = await fetch(api.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${api.tokens.get(role)!}`,
      ...(body === undefined
        ? {}
        : { 'content-type': isFile ? 'application/octet-stream' : 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isFile ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Reply['body'] };
}
const ANSWERS = '/admin/v1/settlements/answers';

test('it moves nothing before a second person approves it, and nothing a second time', async () => {
  const [one, two] = files.earners;
  await files.written();
  const bytes = await files.bytesOf([
    [one!, 'PAID,HDFCN52026110200001,,'],
    [two!, 'REJECTED,,,account closed'],
  ]);
  const kept = await call('ops', `${ANSWERS}?bank=escrow`, bytes);
  expect(kept).toMatchObject({
    status: 200,
    body: { state: 'kept', lines: 2, paid: 1, failed: 1, paid_total: 99_410, back_total: 100_000 },
  });
  const { self, lines, proposals } = kept.body.links as { self: string; lines: string; proposals: string };
  expect((await call('auditor', lines)).body.data).toMatchObject([
    { line: 2, says: 'PAID', does: ['paid'] },
    { line: 3, says: 'REJECTED', does: ['failed'] },
  ]);
  const said = { reason: 'of the evening', evidence: 'mail of the bank' };
  expect((await call('auditor', proposals, said)).status).toBe(403);
  const proposed = await call('ops', proposals, said);
  expect(proposed).toMatchObject({ status: 201, body: { action: 'settlement.answer', state: 'proposed' } });
  expect(await files.held()).toEqual([0n, 0n, 0n]);
  const decide = `${proposed.body.links.self!}/approval`;
  expect((await call('ops', decide, {})).status).toBe(403);
  expect(await call('finance', decide, {})).toMatchObject({ status: 200 });
  expect(await files.held()).toEqual([0n, 100_000n, 0n]);
  expect((await call('finance', decide, {})).body.code).toBe('APPROVAL_DECIDED');
  const again = await call('ops', `${ANSWERS}?bank=escrow`, bytes);
  expect(again).toMatchObject({ status: 200, body: { id: kept.body.id, state: 'done', paid: 1, failed: 1 } });
  expect((await call('ops', proposals, said)).body.code).toBe('APPROVAL_NOTHING_CHANGES');
  expect((await call('auditor', self)).body).toMatchObject({ state: 'done', back_total: 100_000 });
  expect((await call('auditor', ANSWERS)).body.data).toMatchObject([{ id: kept.body.id, state: 'done' }]);
});
