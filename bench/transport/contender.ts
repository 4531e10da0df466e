import type { Link, LinkOptions } from '../../test/sim/link';
import type { HostOptions, World } from '../../test/sim/world';

/** From camera to viewer and back. */
export interface Path {
  down: LinkOptions;
  up: LinkOptions;
  host?: HostOptions;
}

/** Two streams of bytes in one connection. */
export type StreamKind = 'live' | 'download';

/** A reliable transport that carries what a camera sends to a viewer in virtual time. */
export interface Contender {
  readonly name: string;
  connect(
    world: World,
    path: Path,
    onData: (kind: StreamKind, byteCount: number) => void,
  ): Promise<Connection>;
}

export interface Connection {
  /** The link from camera to viewer. */
  readonly down: Link;
  /** Queues bytes of live video and returns how many were taken. */
  write(bytes: Uint8Array): number;
  /** From now on there is always something of the download to send. */
  fillDownload(): void;
  /** Lets the world run until that time. */
  run(untilMs: number): Promise<void>;
  close(): void;
}
