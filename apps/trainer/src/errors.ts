export { InputError } from '@diffprune/command-line';
