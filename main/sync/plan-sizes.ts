// Rows that are planned at a time; a test makes them few.

export type PlanSizes = {
  /** While they only add files or read. */
  readonly addedRows: number;
  /** Otherwise, because a question has to count what belongs together. The next plan takes the rest. */
  readonly rows: number;
};

/** A plan of the smaller number takes a megabyte or two, one of the larger tens of them: bounds memory at a million files. */
export const planSizes: PlanSizes = { addedRows: 4000, rows: 50_000 };
