/** How far a reload has come with one app. */
export interface ReloadProgress {
  readonly app: string;
  /** Workers of the new generation that serve. */
  readonly done: number;
  readonly of: number;
}

export type OnReloadProgress = (progress: ReloadProgress) => void;

/** Why something that was asked for was not done; the server goes on as before. */
export interface Refusal {
  readonly ok: false;
  /** What is wrong, in one line. */
  readonly title: string;
  /** May be empty. */
  readonly traceback: string;
  /** What to do about it; may be empty. */
  readonly hint: string;
}

/** `ms` is how long it took, `workers` how many serve now. */
export type ReloadResult = { readonly ok: true; readonly ms: number; readonly workers: number } | Refusal;

export type ScaleResult = { readonly ok: true; readonly workers: number } | Refusal;

/** Nothing more than a reason. */
export function refusal(title: string, hint = ''): Refusal {
  return { ok: false, title, traceback: '', hint };
}
