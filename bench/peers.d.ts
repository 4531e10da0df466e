/** The parts of the peers that the benches use. Declared here, so that types are checked without installing them. */
declare module 'werift-sctp' {
  export interface SctpPath {
    onData?: (datagram: Buffer) => void;
    send(datagram: Buffer): Promise<void>;
    close(): void;
  }
  /** One end of an association. */
  export class SCTP {
    static client(path: SctpPath, port?: number): SCTP;
    static server(path: SctpPath, port?: number): SCTP;
    readonly outboundQueue: readonly unknown[];
    /** `send` waits for it again and again until nothing is queued. */
    readonly flush: { asPromise: () => Promise<unknown> };
    readonly stateChanged: { connected: { subscribe(listener: () => void): unknown } };
    readonly onReceive: {
      subscribe(listener: (streamId: number, protocolId: number, message: Buffer) => void): unknown;
    };
    start(remotePort?: number): Promise<void>;
    /** Settles when nothing is queued any more. */
    send(streamId: number, protocolId: number, message: Buffer): Promise<void>;
    stop(): Promise<void>;
  }
}

declare module 'tweetnacl' {
  export function secretbox(message: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array;
  export namespace secretbox {
    function open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null;
  }
}
