/** Something that was asked for and cannot be done; the message says why and what to do. */
export class ApplierError extends Error {
  override readonly name = 'ApplierError';
}
