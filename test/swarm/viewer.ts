import { randomBytes } from 'node:crypto';
import { createNodePort } from '../../devkit/port/node-port';
import { makeStreamToken } from '../../devkit/tracker/token';
import { createP2PModule } from '../../p2p-core/api/module';
import { toHex } from '../../p2p-core/bytes/hex';
import { sha256 } from '../../p2p-core/crypto/sha256';
import { createFlvReader, FlvTagType } from '../../p2p-core/flv/tag-reader';
import type { OurP2PModule, SwarmStats } from '../../p2p-core/index';
import '../../p2p-core/swarm/index';
import { SimPlayer } from '../sim/swarm/player';

export interface Stage {
  url: string;
  signalingUrl: string;
  /** The broker lets it send as much as it must. */
  trackerLogin: { user: string; password: string };
  /** Hexadecimal. */
  secret: string;
}

/** What `iot-p2p-player-server` lets live-player hold in front of what it shows, and tells the module. */
export const RESERVE_MS = 1000;

/** One viewer: what it was given, and what its player makes of it. */
export class Viewer {
  readonly module: OurP2PModule;
  /** Media tags by their hash, in order. */
  readonly tags: string[] = [];
  readonly lost: string[] = [];
  private readonly player = new SimPlayer(RESERVE_MS);
  /** When its picture last went on after it had stood still. */
  resumedMs = 0;
  private readonly reader = createFlvReader({
    onTag: ({ type, timestampMs, data, isSequenceHeader }) => {
      if (type === FlvTagType.Script || isSequenceHeader) return;
      this.tags.push(toHex(sha256(data).subarray(0, 8)));
      const nowMs = performance.now();
      const { stallMs } = this.player;
      this.player.feed(nowMs, timestampMs);
      if (this.player.stallMs > stallMs) this.resumedMs = nowMs;
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
      { url, ...(isSharing && { swarm: { token, upKbps: 6000, reserveMs: RESERVE_MS } }) },
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

  /** Media that its player holds in front of what it shows. */
  get bufferedMs(): number {
    return this.player.bufferedMsAt(performance.now());
  }

  /** How long its picture has stood still since it began. */
  get stallMs(): number {
    return this.player.stallMsAt(performance.now());
  }

  get swarm(): SwarmStats | null {
    return this.module.getStats('room')?.swarm ?? null;
  }
}
