import type { Captures } from '../../domain/captures/captures';

const BATCH = 1_000;

/** One round: deletes the digests of captures that are past their time. Returns true when there may be more. */
export async function deleteOldCaptures({ captures }: { captures: Captures }): Promise<boolean> {
  return (await captures.deleteOld(BATCH)) === BATCH;
}
