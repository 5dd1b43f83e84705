import { oneLine } from './acme-error.ts';
import { type AcmeClient, nonsense } from './acme-client.ts';

/** When an authority would like a certificate to be renewed (RFC 9773, section 4.2). Times in milliseconds since 1970. */
export interface RenewalWindow {
  readonly start: number;
  readonly end: number;
  /** Where people read why; empty: nowhere. */
  readonly explanation: string;
  /** When to ask again, milliseconds from now. */
  readonly askAgainMs: number;
}

const ASK_AGAIN_MS_MIN = 60_000;
/** What is waited when the authority does not say, and at most. */
const ASK_AGAIN_MS = 6 * 3_600_000;
const ASK_AGAIN_MS_MAX = 86_400_000;

/** Asks for it; null: this authority has no such wishes. @param name see `renewalName`. */
export async function askRenewal(
  client: AcmeClient,
  name: string,
  signal: AbortSignal,
): Promise<RenewalWindow | null> {
  const { renewalInfo } = await client.directory(signal);
  if (renewalInfo === '') return null;
  const url = `${renewalInfo.replace(/\/$/, '')}/${name}`;
  const { body, retryAfterMs } = await client.get(url, signal);
  const said = body['suggestedWindow'] as { readonly start?: unknown; readonly end?: unknown } | undefined;
  const [start, end] = [Date.parse(String(said?.start)), Date.parse(String(said?.end))];
  if (!(end > start)) throw nonsense(url, 'the time for renewal it suggests is none');
  const { explanationURL } = body;
  const wished = retryAfterMs ?? ASK_AGAIN_MS;
  return {
    start,
    end,
    explanation: typeof explanationURL === 'string' ? oneLine(explanationURL, 300) : '',
    askAgainMs: Math.min(ASK_AGAIN_MS_MAX, Math.max(ASK_AGAIN_MS_MIN, wished)),
  };
}
