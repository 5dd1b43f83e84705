/** What went wrong, in words for a table. */
export function failure(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
