/** Rows that the sample diffs were trained on; the 400 rows after them were not. */
export const trainRows = 9600;
