import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** The page on which people read the description of the API and try it: Swagger UI, from our own disk. */
export interface PageFile {
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Everything from here; nothing inline, nothing from elsewhere, and no requests to elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Munim: the API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** Numbers of ours are below 2^53: the page sends larger ones rounded. */
const START = `'use strict';
window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  filter: true,
  tryItOutEnabled: true,
  supportedSubmitMethods: ['get', 'post'],
  syntaxHighlight: false, // it writes styles into elements, which the policy forbids
  validatorUrl: null,
});
`;

const FROM_DISK: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** A file of the page by its name, `''` for the page itself; undefined for one that there is not. */
export async function docsFile(name: string): Promise<PageFile | undefined> {
  const headers = { 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-cache' };
  if (name === '') return { type: 'text/html; charset=utf-8', body: PAGE, headers };
  if (name === 'start.js') return { type: 'text/javascript; charset=utf-8', body: START, headers };
  const type = Object.hasOwn(FROM_DISK, name) ? FROM_DISK[name] : undefined;
  if (type === undefined) return undefined;
  const folder = path.dirname(require.resolve('swagger-ui-dist/package.json'));
  return { type, body: await readFile(path.join(folder, name)), headers };
}
