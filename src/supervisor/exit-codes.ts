/** Exit codes of the server, as gunicorn's where it has one. */
export const EXIT = {
  ok: 0,
  /** A configuration error, or an address that could not be bound. */
  failed: 1,
  /** A worker could not start: the app's module could not be imported. */
  workerBoot: 3,
  /** The module was imported but the application was not found in it, or is none. */
  appLoad: 4,
  /** A fault of ours in the master. */
  internal: 255,
} as const;
