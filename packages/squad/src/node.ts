/** In Node the package's main entry is this one: what a page has, and what reads files. */
export * from './index.ts';
export { readSquad } from './read-squad.ts';
