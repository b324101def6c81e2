#!/usr/bin/env node
// The command `munim` of the package: the built program. `npm run munim` builds it first.
await import('../dist/scripts/munim.js');
