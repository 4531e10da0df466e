/** What we let the peer send, on one stream or on the whole connection (RFC 9000 §4.1). Counts bytes from 0. */
export class ReceiveCredit {
  /** The limit the peer knows. */
  advertised: number;
  /** A new limit should be told: it moved on far enough, or the frame that told it was lost. */
  isUpdateDue: boolean;
  received = 0;
  consumed = 0;

  constructor(
    private readonly windowBytes: number,
    initialBytes: number,
  ) {
    this.advertised = initialBytes;
    this.isUpdateDue = windowBytes > initialBytes;
  }

  /** Takes note of bytes that arrived for the first time. False when the peer went beyond its limit. */
  receive(byteCount: number): boolean {
    this.received += byteCount;
    return this.received <= this.advertised;
  }

  /** Never beyond what was received, whatever the caller says. */
  consume(byteCount: number): void {
    this.consumed = Math.min(this.received, this.consumed + byteCount);
    // A quarter: at least three quarters of the window are always usable, and updates stay rare.
    if (this.consumed + this.windowBytes - this.advertised >= this.windowBytes / 4) this.isUpdateDue = true;
  }

  /** The limit to write into a frame now. */
  takeUpdate(): number {
    this.isUpdateDue = false;
    this.advertised = Math.max(this.advertised, this.consumed + this.windowBytes);
    return this.advertised;
  }
}

/** What the peer lets us send. */
export class SendCredit {
  used = 0;

  constructor(private limit: number) {}

  get available(): number {
    return this.limit - this.used;
  }

  /** Returns true when the limit rose. Frames arrive in any order: it never falls. */
  raise(limit: number): boolean {
    if (limit <= this.limit) return false;
    this.limit = limit;
    return true;
  }
}
