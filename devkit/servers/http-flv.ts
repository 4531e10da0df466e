import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { FlvTagType } from '../../p2p-core/flv/tag-reader';
import { flvHeader, flvTag } from '../../p2p-core/flv/tag-writer';
import type { LiveSource, LiveTag, Quality } from '../camera/live-source';
import { QUALITIES } from '../camera/live-source';

export interface HttpFlvOptions {
  source: LiveSource;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default: a free one. */
  port?: number;
}

export interface HttpFlvServer {
  /** Of the stream in quality `high`; others by `?quality=`. */
  readonly url: string;
  readonly viewerCount: number;
  /** Media and headers that went to viewers. */
  readonly sentBytes: number;
  close(): Promise<void>;
}

/** A viewer that does not read is let go. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const CODEC_AVC = 7;
/** Marks our SEI (ISO/IEC 14496-10 D.1.7, user_data_unregistered). */
const SEI_UUID = Buffer.from('6f70656e2070327020676f702d6e6f31', 'hex');

/**
 * Gives a live source as http-flv to any number of viewers: `GET /live.flv`, from the last key frame on. A looped file
 * shows the same pictures in every round; each key frame gets its number as an SEI, so that no two are equal, as those
 * of a camera never are.
 */
export async function startHttpFlv(options: HttpFlvOptions): Promise<HttpFlvServer> {
  const { source, host = '127.0.0.1' } = options;
  let viewerCount = 0;
  let sentBytes = 0;
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
    const quality = QUALITIES.find((name) => name === (searchParams.get('quality') ?? 'high')) as Quality;
    const tracks = pathname === '/live.flv' && quality ? source.tracks(quality) : null;
    if (request.method !== 'GET' || tracks === null) {
      response.writeHead(404, { 'access-control-allow-origin': '*' }).end();
      return;
    }
    response.writeHead(200, {
      'content-type': 'video/x-flv',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
    });
    const write = (bytes: Uint8Array): void => {
      sentBytes += bytes.length;
      response.write(bytes);
      if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
    };
    viewerCount++;
    write(flvHeader(tracks.hasVideo, tracks.hasAudio));
    const unsubscribe = source.subscribe(quality, (tag) =>
      write(flvTag(tag.type, tag.timestampMs, numbered(tag))),
    );
    response.on('close', () => {
      viewerCount--;
      unsubscribe();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}/live.flv`,
    get viewerCount() {
      return viewerCount;
    },
    get sentBytes() {
      return sentBytes;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The data of a tag; of an AVC key frame with an SEI in front that says its time. */
function numbered(tag: LiveTag): Uint8Array {
  if (tag.type !== FlvTagType.Video || !tag.isKeyframe || tag.codec !== CODEC_AVC) return tag.data;
  // Decimal digits: no start code can come about, so nothing needs escaping.
  const payload = Buffer.concat([SEI_UUID, Buffer.from(String(tag.timestampMs))]);
  const nal = Buffer.concat([Buffer.of(6, 5, payload.length), payload, Buffer.of(0x80)]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(nal.length);
  return Buffer.concat([tag.data.subarray(0, 5), length, nal, tag.data.subarray(5)]);
}
