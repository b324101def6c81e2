import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ADMIN_ROUTES } from '../api/admin/routes';
import { openApiDocument } from '../api/openapi/document';
import { ROUTES } from '../api/registry/routes';
import { thisBuild } from '../platform/build';
import { ROOT } from './stack/root';

const DOCUMENTS = { 'openapi.json': ROUTES, 'openapi-staff.json': ADMIN_ROUTES } as const;

/**
 * `npm run lint:openapi`: the descriptions of the API and of that for staff, looked at by Spectral with its rules for
 * OpenAPI and those of OWASP (`.spectral.yaml`). Needs no network. The documents are left in `.data/`.
 */
function main(): void {
  const files = Object.entries(DOCUMENTS).map(([name, routes]) => {
    const file = path.join(ROOT, '.data', name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, JSON.stringify(openApiDocument(routes, thisBuild().version), null, 2));
    return file;
  });
  const linter = require.resolve('@stoplight/spectral-cli/dist/index.js');
  const rules = path.join(ROOT, '.spectral.yaml');
  const { status } = spawnSync(
    process.execPath,
    [linter, 'lint', ...files, '--ruleset', rules, '--fail-severity', 'hint'],
    { cwd: ROOT, stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
}

main();
