/** What downloads take from the core's cryptography, which the core has anyway. */
export { sha256Mix } from '../crypto/sha256';
