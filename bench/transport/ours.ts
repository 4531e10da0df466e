import { createBbr } from '../../p2p-core/transport/congestion/bbr';
import { createNewReno } from '../../p2p-core/transport/congestion/new-reno';
import { StreamPriority } from '../../p2p-core/transport/types';
import type { CongestionFactory } from '../../p2p-core/transport/types';
import type { Pair } from '../../test/sim/world';
import type { Contender } from './contender';
import { createCopa } from './copa';

export const CONTROLLERS: Record<string, CongestionFactory> = {
  bbr: createBbr,
  'new-reno': createNewReno,
  /** Of the bench only. */
  copa: createCopa,
};

const chunk = new Uint8Array(64 * 1024);

/** Keeps a stream's send buffer full; to be called again whenever the stream is writable. */
export function fill(pair: Pair, streamId: number): void {
  while (pair.server.transport.write(streamId, chunk) === chunk.length);
}

/** Our transport with one of its controllers: the camera is the server, both streams have their usual priority. */
export function ours(controller: string): Contender {
  return {
    name: controller,
    connect: (world, path, onData) => {
      let live = -1;
      const pair: Pair = world.connect({
        forward: path.up,
        backward: path.down,
        ...(path.host ? { host: path.host } : {}),
        serverOptions: { congestion: CONTROLLERS[controller]! },
        client: (end) => ({
          onStreamData: (streamId, bytes) => {
            end.transport.consume(streamId, bytes.length);
            onData(streamId === live ? 'live' : 'download', bytes.length);
          },
        }),
        server: () => ({ onWritable: (streamId) => (streamId === live ? undefined : fill(pair, streamId)) }),
      });
      live = pair.server.transport.openStream(StreamPriority.Live);
      return Promise.resolve({
        down: pair.server.out,
        write: (bytes: Uint8Array) => pair.server.write(live, bytes),
        fillDownload: () => {
          fill(pair, pair.server.transport.openStream(StreamPriority.Download));
          pair.server.drive();
        },
        run: (untilMs: number) => Promise.resolve(world.run(untilMs)),
        close: () => undefined,
      });
    },
  };
}
