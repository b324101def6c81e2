/** Answers that are no JSON, as their JSON Schema. */
const MOST = 10_000_000;
export const HTML = { type: 'string', pattern: '^<!doctype html>', maxLength: MOST };
export const FILE = { type: 'string', format: 'binary', maxLength: MOST };
