import type { Paise } from '../../platform/money';

/** GST by who gets it. */
export interface GstSplit {
  cgstPaise: Paise;
  sgstPaise: Paise;
  utgstPaise: Paise;
  igstPaise: Paise;
}

/** The states of the seller and of the place of supply, as two digits. */
export interface States {
  seller: string;
  place: string;
  /** The place has the UTGST Act in the place of an SGST Act (`gst_states`). */
  isUnionTerritory: boolean;
}

/**
 * The tax of a document by its states: in one state two equal halves, else one tax. Of an odd paisa both halves are
 * rounded up, once, on the total; the difference is the document's rounding.
 */
export function splitGst(taxPaise: Paise, { seller, place, isUnionTerritory }: States): GstSplit {
  const none = { cgstPaise: 0n, sgstPaise: 0n, utgstPaise: 0n, igstPaise: 0n };
  if (seller !== place) return { ...none, igstPaise: taxPaise };
  const half = (taxPaise + 1n) / 2n;
  return isUnionTerritory
    ? { ...none, cgstPaise: half, utgstPaise: half }
    : { ...none, cgstPaise: half, sgstPaise: half };
}

/**
 * The tax of a credit note, of which there may be several for an invoice: what the split of all that was taken back is
 * more than before. So the notes of a whole invoice come to its own lines, and never to more.
 */
export function splitOfNote(taxPaise: Paise, takenBackPaise: Paise, states: States): GstSplit {
  const before = splitGst(takenBackPaise, states);
  const after = splitGst(takenBackPaise + taxPaise, states);
  return {
    cgstPaise: after.cgstPaise - before.cgstPaise,
    sgstPaise: after.sgstPaise - before.sgstPaise,
    utgstPaise: after.utgstPaise - before.utgstPaise,
    igstPaise: after.igstPaise - before.igstPaise,
  };
}
