import { randomBytes } from 'node:crypto';
import { createNodePort } from '../../devkit/port/node-port';
import { makeStreamToken } from '../../devkit/tracker/token';
import { createP2PModule } from '../../p2p-core/api/module';
import { toHex } from '../../p2p-core/bytes/hex';
import { sha256 } from '../../p2p-core/crypto/sha256';
import { createFlvReader, FlvTagType } from '../../p2p-core/flv/tag-reader';
import type { OurP2PModule, SwarmStats } from '../../p2p-core/index';
import '../../p2p-core/swarm/index';

export interface Stage {
  url: string;
  signalingUrl: string;
  /** The broker lets it send as much as it must. */
  trackerLogin: { user: string; password: string };
  /** Hexadecimal. */
  secret: string;
}

/** One viewer: what it was given, and how late its picture is. */
export class Viewer {
  readonly module: OurP2PModule;
  /** Media tags by their hash, in order. */
  readonly tags: string[] = [];
  readonly lost: string[] = [];
  private lastMs = 0;
  /** Clock against picture at its best. */
  private base = Infinity;
  private readonly reader = createFlvReader({
    onTag: ({ type, timestampMs, data, isSequenceHeader }) => {
      if (type === FlvTagType.Script || isSequenceHeader) return;
      this.tags.push(toHex(sha256(data).subarray(0, 8)));
      this.lastMs = Math.max(this.lastMs, timestampMs);
      this.base = Math.min(this.base, performance.now() - timestampMs);
    },
  });

  constructor() {
    this.module = createP2PModule(createNodePort({ includeLoopback: true, bindAddress: '127.0.0.1' }));
  }

  async start({ url, signalingUrl, secret }: Stage, isSharing: boolean): Promise<void> {
    await this.module.init({ appParams: {}, servers: { signalingUrl } });
    const expiryS = Math.floor(Date.now() / 1000) + 3600;
    const account = new Uint8Array(randomBytes(8));
    const token = makeStreamToken(Buffer.from(secret, 'hex'), url, { expiryS, account });
    const result = await this.module.startP2PService(
      'room',
      { url, ...(isSharing && { swarm: { token, upKbps: 6000 } }) },
      {
        msgCallback: (event, subtype, detail) => {
          if (event === 'notify' && ['disconnect', 'fail', 'eof'].includes(subtype))
            this.lost.push(`${subtype} ${JSON.stringify(detail)}`);
        },
        dataCallback: (data) => {
          if (!this.reader.feed(new Uint8Array(data))) this.lost.push(this.reader.error);
        },
      },
    );
    if (result !== 0) throw new Error(`startP2PService: ${result}`);
  }

  /** How much later than at its best the picture is that comes next. */
  get lateMs(): number {
    return this.base === Infinity ? 0 : performance.now() - this.lastMs - this.base;
  }

  get swarm(): SwarmStats | null {
    return this.module.getStats('room')?.swarm ?? null;
  }
}
