import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { openApiDocument } from '../api/openapi/document';
import { ROUTES } from '../api/registry/routes';
import { thisBuild } from '../platform/build';
import { ROOT } from './stack/root';

/**
 * `npm run lint:openapi`: the description of the API, looked at by Spectral with its rules for OpenAPI and those of
 * OWASP (`.spectral.yaml`). Needs no network. The document is left in `.data/openapi.json`.
 */
function main(): void {
  const file = path.join(ROOT, '.data', 'openapi.json');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify(openApiDocument(ROUTES, thisBuild().version), null, 2));
  const linter = require.resolve('@stoplight/spectral-cli/dist/index.js');
  const rules = path.join(ROOT, '.spectral.yaml');
  const { status } = spawnSync(
    process.execPath,
    [linter, 'lint', file, '--ruleset', rules, '--fail-severity', 'hint'],
    { cwd: ROOT, stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
}

main();
