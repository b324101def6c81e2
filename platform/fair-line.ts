/**
 * A place with few seats and a line before it, fair between those who come: the next seat goes to the next of
 * them in turn, however many another has in the line. Who comes alone is never behind a thousand of another.
 */
export interface FairLine {
  /**
   * Runs the work when its turn has come. `admit`, where it is given, is asked when a seat is free: while it says
   * "soon" nobody sits, since the next one needs the same. Throws `FullLine` when whoever asks has as many in the
   * line as one may have, when the turn has not come within `waitMs`, and when `admit` says no for longer.
   */
  run<T>(who: string, work: () => Promise<T>, admit?: () => Promise<Admittance>): Promise<T>;
  /** How many sit and how many wait. */
  size(): { under_way: number; waiting: number };
}

export interface FairLineOptions {
  /** Seats, asked each time so that a new rule counts at once. */
  seats(): number;
  /** Seats of one, where one may not have all. */
  seatsEach?(): number;
  /** How many of one may wait. */
  waitingEach?(): number;
  /** The longest that one waits. Without it there is no end. */
  waitMs?: number;
  /** Nobody sits until the next turn where it comes within this; 1.5 s, in which a rate of each second has room again. */
  turnWithinMs?: number;
}

/** `isClosed`: what is waited for is not a turn that others need as well. */
export type Admittance = { ok: true } | { ok: false; retryAfterMs: number; isClosed?: boolean };

/** No work was begun. */
export class FullLine extends Error {
  constructor(
    readonly why: 'too_many_waiting' | 'waited_too_long' | 'not_admitted',
    readonly retryAfterMs: number,
  ) {
    super(`the line is full: ${why}`);
    this.name = 'FullLine';
  }
}

interface Waiter {
  admit: (() => Promise<Admittance>) | undefined;
  /** Its turn is asked for. What is given then is used, though its time may have run out meanwhile. */
  isAsking: boolean;
  isLate: boolean;
  begin(): void;
  refuse(error: FullLine): void;
}
interface Guest {
  waiting: Waiter[];
  underWay: number;
}

const AGAIN_MS = 1_000;
const TURN_WITHIN_MS = 1_500;

export function createFairLine(options: FairLineOptions): FairLine {
  return new Line(options);
}

class Line implements FairLine {
  /** In the order of their next turns. */
  private readonly guests = new Map<string, Guest>();
  private underWay = 0;
  private waiting = 0;
  private isPumping = false;
  /** What was said last, for those who give up. */
  private againMs = AGAIN_MS;

  constructor(private readonly options: FairLineOptions) {}

  async run<T>(who: string, work: () => Promise<T>, admit?: () => Promise<Admittance>): Promise<T> {
    const guest = this.guestOf(who);
    if (admit === undefined && this.isFree(guest)) this.sit(who, guest);
    else await this.turnOf(who, guest, admit);
    try {
      return await work();
    } finally {
      this.leave(who, guest);
    }
  }

  /** Nobody has to wait for anybody. */
  private isFree(guest: Guest): boolean {
    return (
      this.waiting === 0 &&
      this.underWay < this.options.seats() &&
      guest.underWay < (this.options.seatsEach?.() ?? Infinity)
    );
  }

  private async turnOf(who: string, guest: Guest, admit: Waiter['admit']): Promise<void> {
    if (guest.waiting.length >= (this.options.waitingEach?.() ?? Infinity)) {
      this.forget(who, guest);
      throw new FullLine('too_many_waiting', this.againMs);
    }
    const turn = this.stand(who, guest, admit);
    void this.pump();
    await turn;
  }

  size(): { under_way: number; waiting: number } {
    return { under_way: this.underWay, waiting: this.waiting };
  }

  private guestOf(who: string): Guest {
    let guest = this.guests.get(who);
    if (guest === undefined) {
      guest = { waiting: [], underWay: 0 };
      this.guests.set(who, guest);
    }
    return guest;
  }

  /** The next guest who may sit and has somebody waiting. */
  private nextGuest(): [string, Guest] | undefined {
    const each = this.options.seatsEach?.() ?? Infinity;
    for (const [who, guest] of this.guests)
      if (guest.waiting.length > 0 && guest.underWay < each) return [who, guest];
    return undefined;
  }

  private stand(who: string, guest: Guest, admit: Waiter['admit']): Promise<void> {
    return new Promise((resolve, reject) => {
      const { waitMs } = this.options;
      const giveUp = (): void => {
        waiter.isLate = true;
        if (waiter.isAsking) return;
        this.depart(who, guest, waiter);
        reject(new FullLine('waited_too_long', this.againMs));
      };
      const timer = waitMs === undefined ? undefined : setTimeout(giveUp, waitMs);
      const waiter: Waiter = {
        admit,
        isAsking: false,
        isLate: false,
        begin: () => {
          clearTimeout(timer);
          resolve();
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      guest.waiting.push(waiter);
      this.waiting += 1;
    });
  }

  /** Gives seats for as long as there are some. */
  private async pump(): Promise<void> {
    if (this.isPumping) return;
    this.isPumping = true;
    try {
      while (this.underWay < this.options.seats()) {
        const next = this.nextGuest();
        if (next === undefined) return;
        const [who, guest] = next;
        const waiter = guest.waiting[0]!;
        // Without a question the seat is given at once, before the next one is counted as waiting.
        if (waiter.admit === undefined) this.seat(who, guest, waiter);
        else await this.seatIfAdmitted(who, guest, { waiter, admit: waiter.admit });
      }
    } finally {
      this.isPumping = false;
    }
  }

  private async seatIfAdmitted(
    who: string,
    guest: Guest,
    { waiter, admit }: { waiter: Waiter; admit: () => Promise<Admittance> },
  ): Promise<void> {
    waiter.isAsking = true;
    const answer = await answerOf(admit);
    waiter.isAsking = false;
    if (answer.ok) {
      this.seat(who, guest, waiter);
      return;
    }
    const isSoon = !answer.isClosed && answer.retryAfterMs <= (this.options.turnWithinMs ?? TURN_WITHIN_MS);
    if (isSoon && !waiter.isLate) {
      this.againMs = answer.retryAfterMs;
      await pause(answer.retryAfterMs);
      return;
    }
    this.depart(who, guest, waiter);
    waiter.refuse(new FullLine(isSoon ? 'waited_too_long' : 'not_admitted', answer.retryAfterMs));
  }

  private seat(who: string, guest: Guest, waiter: Waiter): void {
    this.depart(who, guest, waiter);
    this.sit(who, guest);
    waiter.begin();
  }

  private sit(who: string, guest: Guest): void {
    guest.underWay += 1;
    this.underWay += 1;
    this.guests.delete(who); // to the end of the turns
    this.guests.set(who, guest);
  }

  /** Takes a waiter out of the line, once. */
  private depart(who: string, guest: Guest, waiter: Waiter): void {
    guest.waiting.splice(guest.waiting.indexOf(waiter), 1);
    this.waiting -= 1;
    this.forget(who, guest);
  }

  private leave(who: string, guest: Guest): void {
    guest.underWay -= 1;
    this.underWay -= 1;
    this.forget(who, guest);
    void this.pump();
  }

  private forget(who: string, guest: Guest): void {
    if (guest.underWay === 0 && guest.waiting.length === 0) this.guests.delete(who);
  }
}

/** One who cannot be asked says "soon". */
async function answerOf(admit: () => Promise<Admittance>): Promise<Admittance> {
  try {
    return await admit();
  } catch {
    return { ok: false, retryAfterMs: AGAIN_MS };
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
