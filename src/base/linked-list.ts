/** The place of one thing in at most one list; it is made once, and moving it about costs no memory. */
export class Place<T> {
  readonly owner: T;
  list: LinkedList<T> | null = null;
  before: Place<T> | null = null;
  after: Place<T> | null = null;

  constructor(owner: T) {
    this.owner = owner;
  }

  /** Takes it out of the list it is in. */
  leave(): void {
    this.list?.delete(this);
  }
}

/** Things in the order in which they came, each taken out at once wherever it stands. */
export class LinkedList<T> {
  #first: Place<T> | null = null;
  #last: Place<T> | null = null;

  /** What has been in it longest. */
  get first(): T | null {
    return this.#first === null ? null : this.#first.owner;
  }

  /** Puts it at the end, out of any other list; what is in this one stays where it is. */
  add(place: Place<T>): void {
    if (place.list === this) return;
    place.leave();
    place.list = this;
    place.before = this.#last;
    if (this.#last === null) this.#first = place;
    else this.#last.after = place;
    this.#last = place;
  }

  /** Nothing happens when it is not in here. */
  delete(place: Place<T>): void {
    if (place.list !== this) return;
    const { before, after } = place;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    place.list = null;
    place.before = null;
    place.after = null;
  }
}
