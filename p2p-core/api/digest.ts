/** What downloads take from the core's cryptography, which the core has anyway. */
export { Sha256 } from '../crypto/sha256';
