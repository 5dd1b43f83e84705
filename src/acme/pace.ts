/** Waits between failed attempts, seconds; then doubled up to a day. Five attempts fall into the first hour: what public authorities allow. */
const FIRST_WAITS = [60, 300, 900, 1_800, 3_600] as const;
const WAIT_MS_MAX = 86_400_000;
/** Longer patience than this is not had, whatever an authority says. */
const PATIENCE_MS_MAX = 7 * 86_400_000;
const JITTER = 0.1;
/** A certificate is renewed when this much of its life is over, or up to this part of its life earlier. */
const LIFE_SPENT = 2 / 3;
const LIFE_JITTER = 1 / 20;

/**
 * How long to wait after so many failures in a row (from 1), milliseconds.
 * @param retryAfterMs what the authority asks for; 0: nothing. @param random from 0 to 1.
 */
export function waitAfterFailure(failures: number, retryAfterMs: number, random: number): number {
  const first = FIRST_WAITS[failures - 1];
  const last = FIRST_WAITS[FIRST_WAITS.length - 1] ?? 0;
  const seconds = first ?? last * 2 ** Math.min(20, failures - FIRST_WAITS.length);
  const waitMs = Math.min(WAIT_MS_MAX, seconds * 1000) * (1 + JITTER * (2 * random - 1));
  return Math.max(waitMs, Math.min(PATIENCE_MS_MAX, retryAfterMs));
}

/** When two thirds of its life are over, some of them earlier than others. @param random from 0 to 1. */
export function renewalTime(
  { notBefore, notAfter }: { readonly notBefore: number; readonly notAfter: number },
  random: number,
): number {
  return Math.round(notBefore + (notAfter - notBefore) * (LIFE_SPENT - LIFE_JITTER * random));
}

/** After a success nothing is ordered for so long, whatever its times say: a twelfth of its life, an hour at most. */
export function restAfterSuccess({
  notBefore,
  notAfter,
}: {
  readonly notBefore: number;
  readonly notAfter: number;
}): number {
  return Math.min(3_600_000, Math.max(1_000, (notAfter - notBefore) / 12));
}
