/** Many messages, one drawing a frame: what came since the last animation frame is folded into one value. Pure but for
 * the scheduler that is handed in. */

export type Schedule = (draw: () => void) => void;

/** Takes messages as they come; `fold` joins each to what waits, `draw` gets it once a frame. Never more than one waits. */
export class Fold<Message, Waiting> {
  private waiting: Waiting | null = null;
  private due = false;

  constructor(
    private readonly fold: (waiting: Waiting | null, message: Message) => Waiting,
    private readonly draw: (waiting: Waiting) => void,
    private readonly schedule: Schedule,
  ) {}

  take(message: Message): void {
    this.waiting = this.fold(this.waiting, message);
    if (this.due) return;
    this.due = true;
    this.schedule(() => this.flush());
  }

  /** What waits belongs to something that is no longer shown. */
  drop(): void {
    this.waiting = null;
  }

  private flush(): void {
    this.due = false;
    const waiting = this.waiting;
    this.waiting = null;
    if (waiting !== null) this.draw(waiting);
  }
}

/** The next animation frame; a hidden page has none, and then nothing is drawn, only folded. */
export const byFrame: Schedule = (draw) => {
  requestAnimationFrame(draw);
};

/** The newest `most` of both, oldest first. */
export function newest<T>(before: readonly T[], after: readonly T[], most: number): T[] {
  const all = after.length >= most ? after : [...before, ...after];
  return all.slice(Math.max(0, all.length - most));
}
