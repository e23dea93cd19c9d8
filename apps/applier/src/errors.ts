import { InputError } from '@diffprune/command-line';

/** Something that was asked for and cannot be done; the message says why and what to do. */
export class ApplierError extends InputError {
  override readonly name = 'ApplierError';
}
