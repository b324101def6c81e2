import type { Paise } from '../../platform/money';
import { UnreadableLine } from './format';

/**
 * Does a statement add up? Lines come oldest first or newest first; balances that chain in neither order, and an opening
 * and a closing balance with other lines between, are a file that is cut or damaged.
 */
export class BalanceCheck {
  private sumPaise = 0n;
  private previous: { movementPaise: Paise; balancePaise: Paise } | undefined;
  private brokenForward: number | undefined;
  private brokenBackward: number | undefined;
  private first: { openingPaise: Paise; balancePaise: Paise } | undefined;

  /** `movementPaise` is above zero for a credit. */
  add(lineNo: number, movementPaise: Paise, balancePaise: Paise | undefined): void {
    this.sumPaise += movementPaise;
    if (balancePaise === undefined) return;
    const { previous } = this;
    this.first ??= { openingPaise: balancePaise - movementPaise, balancePaise };
    if (previous !== undefined) {
      if (previous.balancePaise + movementPaise !== balancePaise) this.brokenForward ??= lineNo;
      if (balancePaise + previous.movementPaise !== previous.balancePaise) this.brokenBackward ??= lineNo;
    }
    this.previous = { movementPaise, balancePaise };
    if (this.brokenForward !== undefined && this.brokenBackward !== undefined)
      throw new UnreadableLine(
        Math.max(this.brokenForward, this.brokenBackward),
        'the balance does not follow from the line before it',
      );
  }

  /** Throws `UnreadableLine` when the lines do not lead from one balance to the other. */
  end(
    lineNo: number,
    stated: { openingPaise?: Paise | undefined; closingPaise?: Paise | undefined },
  ): { openingPaise: Paise | undefined; closingPaise: Paise | undefined } {
    const isNewestFirst = this.brokenForward !== undefined;
    const ends = this.ends(isNewestFirst);
    const openingPaise = stated.openingPaise ?? ends?.openingPaise;
    const closingPaise = stated.closingPaise ?? ends?.closingPaise;
    const disagrees =
      openingPaise !== undefined &&
      closingPaise !== undefined &&
      openingPaise + this.sumPaise !== closingPaise;
    if (disagrees)
      throw new UnreadableLine(
        lineNo,
        'the opening balance and the lines do not come to the closing balance',
      );
    return { openingPaise, closingPaise };
  }

  private ends(isNewestFirst: boolean): { openingPaise: Paise; closingPaise: Paise } | undefined {
    const { first, previous } = this;
    if (first === undefined || previous === undefined) return undefined;
    return isNewestFirst
      ? { openingPaise: previous.balancePaise - previous.movementPaise, closingPaise: first.balancePaise }
      : { openingPaise: first.openingPaise, closingPaise: previous.balancePaise };
  }
}
