import type { May } from './board-actions';

/**
 * What the board offers and the guard refuses is not shown. The board has no setting for that: its buttons are
 * told apart by the names of their icons, which are the same in every language. Who only looks has no buttons at all.
 */
const MENU_OF_A_QUEUE = '[role="menuitem"]';
const BUTTON_OF_A_JOB = 'ul[class^="jobActions"] > li';
const BUTTON_OF_A_LIST = 'ul[class^="queueActions"] > li';

/** Add, Empty, Obliterate; duplicate, edit, reschedule, change the priority, remove the children. */
const FOR_NOBODY: readonly (readonly [string, readonly string[]])[] = [
  [MENU_OF_A_QUEUE, ['plus', 'trash-2', 'ban']],
  [BUTTON_OF_A_JOB, ['files', 'pencil', 'clock', 'arrow-up-down', 'list-x']],
];
/** Concurrency, rate limit; delete jobs. */
const FOR_TENDERS: typeof FOR_NOBODY = [
  [MENU_OF_A_QUEUE, ['chart-no-axes-gantt', 'gauge']],
  [BUTTON_OF_A_JOB, ['trash-2']],
  [BUTTON_OF_A_LIST, ['trash-2']],
];

/** The style sheet for somebody with these permissions; `board-routes.ts` says what each action needs. */
export function boardStyle(may: May): string {
  const hidden = may('queues.tend') ? FOR_NOBODY : [...FOR_NOBODY, ...FOR_TENDERS];
  const selectors = hidden.flatMap(([place, icons]) => icons.map((icon) => `${place}:has(.lucide-${icon})`));
  return `${selectors.join(',')}{display:none}`;
}
