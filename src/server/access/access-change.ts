// What changed about who may call while the broker runs, for whoever writes it down.

export interface AccessChange {
  readonly what: "token_file_changed" | "certificate_changed";
  readonly file: string;
  /** Whose tokens they are: "token:ci". */
  readonly caller?: string;
  /** False: what is in the file now cannot be used. */
  readonly usable: boolean;
  /** Why not, for people. */
  readonly detail?: string;
}

export type TellAccessChange = (change: AccessChange) => void;
