// What a test was told, and a way to wait for it: the system tells of changes to files when it likes.

const WITHIN_MS = 10_000;

export class Notes {
  readonly all: string[] = [];
  #look: () => void = () => undefined;

  readonly add = (what: string): void => {
    this.all.push(what);
    this.#look();
  };

  /** Waits until this was noted, and forgets everything. */
  async take(what: string): Promise<void> {
    await this.until(() => this.all.includes(what), what);
    this.all.length = 0;
  }

  /** @param condition looked at whenever something is noted */
  async until(condition: () => boolean, what = 'the condition'): Promise<void> {
    // The watching itself keeps no process alive; this timer does.
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const give = (): void =>
          reject(new Error(`${what} did not come; what came: ${this.all.join(' | ')}`));
        timer = setTimeout(give, WITHIN_MS);
        this.#look = () => {
          if (condition()) resolve();
        };
        this.#look();
      });
    } finally {
      clearTimeout(timer);
    }
  }
}
