import path from 'node:path';

const above = path.resolve(__dirname, '..', '..');

/** The folder of the repository, from the sources and from the build alike. */
export const ROOT = path.basename(above) === 'dist' ? path.dirname(above) : above;

/** Where development data lives unless a caller says otherwise. */
export const DATA_DIR = path.join(ROOT, '.data');
