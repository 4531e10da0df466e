/** Codes with which the transport itself closes: the numbers of RFC 9000 §20.1. */
export const CloseCode = {
  NoError: 0x00,
  FlowControl: 0x03,
  StreamLimit: 0x04,
  StreamState: 0x05,
  FinalSize: 0x06,
  FrameEncoding: 0x07,
  ProtocolViolation: 0x0a,
  /** RFC 9000 calls it AEAD_LIMIT_REACHED: no packet number is left under this key. */
  PacketNumbersUsedUp: 0x0f,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];
