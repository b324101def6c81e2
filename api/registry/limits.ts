/**
 * The classes of limits. Each route belongs to one: requests of a class share what a caller may use up.
 * - `money`: accepts or asks for money to be moved
 * - `desk`: a provider is asked while the caller waits
 * - `read`: one row or a short list, by id
 * - `list`: pages and searches
 * - `wait`: may be held open until something changes (`Prefer: wait`)
 * - `callback`: providers that tell what happened
 * - `public`: nobody has said who they are
 */
export const LIMIT_CLASSES = ['money', 'desk', 'read', 'list', 'wait', 'callback', 'public'] as const;
export type LimitClass = (typeof LIMIT_CLASSES)[number];
