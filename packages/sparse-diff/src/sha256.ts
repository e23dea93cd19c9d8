/** A module of its own, so that it is loaded only where the platform has no SHA-256, and nothing else with it. */
export { sha256 } from '@noble/hashes/sha2.js';
