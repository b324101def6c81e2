import type { Permission } from '../domain/access/permissions';
import { BOARD_ROUTES, type BoardRoute } from './board-routes';
import { needsPermission, pathForm } from './route';

/** An action on the board, as the audit log names it. */
export interface BoardAction {
  action: string;
  subject: string;
}

export interface BoardVerdict {
  allowed: boolean;
  /** Shown to whoever may not. */
  why: string;
  /** There is such a route, whoever may use it. */
  isKnown: boolean;
  action: BoardAction;
}

/** Whether whoever asks is permitted it. */
export type May = (permission: Permission) => boolean;

const FORMS = BOARD_ROUTES.map((route) => ({ route, form: pathForm(route.path) }));

/**
 * Names the action of a request on the board and decides whether somebody with these permissions may take it. `path`
 * begins after the mount and is not decoded, so an encoded path fits no route.
 */
export function boardAction(method: string, path: string, may: May): BoardVerdict {
  for (const { route, form } of FORMS) {
    const match = route.method === method ? form.exec(path) : null;
    if (match === null) continue;
    return { ...verdict(route, may), isKnown: true, action: actionOf(route, match[1], match[2]) };
  }
  return {
    allowed: false,
    why: 'This cannot be done here.',
    isKnown: false,
    action: { action: 'board.unknown', subject: `path:${method} ${path}` },
  };
}

function verdict({ method, access }: BoardRoute, may: May): { allowed: boolean; why: string } {
  if (access === 'anyone') return { allowed: true, why: '' };
  if (access === 'nobody')
    return {
      allowed: false,
      why:
        method === 'GET'
          ? 'This is not shown here.'
          : 'Nobody does this on the board: rows decide what is queued.',
    };
  return { allowed: may(access), why: needsPermission(access) };
}

function actionOf({ action = 'board.read' }: BoardRoute, queue?: string, job?: string): BoardAction {
  return {
    action,
    subject: action.startsWith('job.') ? `job:${queue}/${job}` : `queue:${queue ?? 'all'}`,
  };
}
