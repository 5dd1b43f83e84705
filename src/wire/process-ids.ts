/** Whom a process that root has started becomes. Numbers, so that it need not look up names once it may not read everything any more. */
export interface ProcessIds {
  readonly uid: number;
  readonly gid: number;
  /** All groups, as initgroups(3) sets them. */
  readonly groups: readonly number[];
}
