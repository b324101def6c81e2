import type { UntiedNotices } from '../../domain/reminders/untied';

export interface UntiedNoticesDependencies {
  untiedNotices: UntiedNotices;
}

const CLAIM = 50;

/** One round: tells staff whose account was untied from their company. Returns true when there may be more. */
export async function tellUntied({ untiedNotices }: UntiedNoticesDependencies): Promise<boolean> {
  return (await untiedNotices.tell(CLAIM)) === CLAIM;
}
