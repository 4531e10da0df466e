/**
 * Handshake patterns of the Noise Protocol Framework (revision 34, §7 and §9.4) as data. Messages alternate, the first
 * one is the initiator's. Tokens: `e` sends an ephemeral key, two letters are a Diffie-Hellman of the initiator's key
 * (first letter) and the responder's (second), `psk` mixes the pre-shared key in.
 */
export type NoiseToken = 'e' | 'ee' | 'es' | 'psk';

export interface NoisePattern {
  /** The initiator knows the responder's static key beforehand (`<- s` before the dots). */
  readonly isResponderKnown: boolean;
  readonly messages: readonly (readonly NoiseToken[])[];
}

export type NoisePatternName = 'NNpsk0' | 'NKpsk0';

export const NOISE_PATTERNS: Readonly<Record<NoisePatternName, NoisePattern>> = {
  NNpsk0: {
    isResponderKnown: false,
    messages: [
      ['psk', 'e'],
      ['e', 'ee'],
    ],
  },
  NKpsk0: {
    isResponderKnown: true,
    messages: [
      ['psk', 'e', 'es'],
      ['e', 'ee'],
    ],
  },
};
