/** Facts both ends must agree on, and the limits that keep a hostile peer cheap. docs/transport.md gives every reason. */

/** Fits every path of IPv6's minimum MTU 1280 (RFC 9000 §14) with room for a TURN channel header. */
export const BASE_DATAGRAM_BYTES = 1200;
/** The most that is ever sent, once the path has shown that it passes it (path-mtu.ts). */
export const MAX_DATAGRAM_BYTES = 1448;
/** What is longer is nobody's packet: hosts of mini programs take less than 4096 bytes in one message. */
export const MAX_RECEIVED_BYTES = 1500;
/** A multiple of four, so that the payload stays aligned for the cipher's 32-bit words. */
export const HEADER_BYTES = 8;
export const TAG_BYTES = 16;

/** What a peer may send before it was told otherwise; larger windows are announced in the first packet. */
export const INITIAL_STREAM_CREDIT_BYTES = 128 * 1024;
export const INITIAL_CONNECTION_CREDIT_BYTES = 256 * 1024;
/** Streams a peer may have open at a time (RFC 9000 §4.6). */
export const MAX_PEER_STREAMS = 64;
/** Last offset of a stream; 2^48 - 1 is exact in a double. */
export const MAX_OFFSET = 0xffffffffffff;

/** An ACK goes out for this many ack-eliciting packets: every send of a mini program crosses the host's bridge. */
export const ACK_EVERY_PACKETS = 8;
/** ... or after this time (RFC 9000 §13.2.1). */
export const ACK_DELAY_MS = 15;
/** ACKs that the sender asked for are this far apart, at least: many small writes must not cost an ACK each. */
export const ASKED_ACK_SPACING_MS = 2;
/** The longest ack delay to expect of a peer: ACK_DELAY_MS and a timer that is 10 ms late (RFC 9002 §5.3, §6.2.1). */
export const MAX_PEER_ACK_DELAY_MS = 25;
/** Ranges in one ACK frame: newest first, so each range is repeated in at least as many later ACKs as there are gaps. */
export const MAX_ACK_RANGES = 32;

/**
 * Pieces that may wait on all streams together: nearly twice what a window of whole packets has. Each costs a few hundred bytes
 * whatever its size, so that a limit for each stream alone would let 64 of them hold 27 MB in pieces of one byte.
 */
export const MAX_EARLY_CHUNKS = 4096;

/** Numbers left for CLOSE and its repetitions when the packet numbers of a key are used up. */
export const RESERVED_PACKET_NUMBERS = 1024;

/** RFC 9002 §6.1.1: this many later packets acknowledged make a packet lost. */
export const PACKET_THRESHOLD = 3;

/** RFC 9002 §6.2.2: the round-trip time to assume without a sample. */
export const INITIAL_RTT_MS = 333;
