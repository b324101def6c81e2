import type { DataAnswers } from '../../domain/reminders/data-answers';

export interface DataAnswersDependencies {
  dataAnswers: DataAnswers;
}

const CLAIM = 100;

/** One round: tells those whose request about their data is answered. Returns true when there may be more. */
export async function tellDataAnswers({ dataAnswers }: DataAnswersDependencies): Promise<boolean> {
  return (await dataAnswers.tell(CLAIM)) === CLAIM;
}
