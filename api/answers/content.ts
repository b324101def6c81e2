/** Answers that are no JSON, as their JSON Schema. */
const MOST = 10_000_000;
export const HTML = { type: 'string', pattern: '^<!doctype html>', maxLength: MOST };
/** A statement, as its first line says. */
export const CSV = { type: 'string', pattern: '^date,time,', maxLength: 2_000_000_000 };
export const FILE = { type: 'string', format: 'binary', maxLength: MOST };
