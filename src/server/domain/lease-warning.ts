// Something the holder of a lease should know that is no error.

export interface LeaseWarning {
  /** A stable word for programs, in upper snake case. */
  readonly reason: string;
  readonly message: string;
}

/** One list for all leases without any. */
export const noWarnings: readonly LeaseWarning[] = [];
