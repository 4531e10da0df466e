import fs from 'node:fs';
import path from 'node:path';
import type { CameraChannel } from '../../devkit/camera/channel';
import { createFileSource } from '../../devkit/camera/file-source';
import { FlvIndex } from '../../devkit/camera/flv-index';
import { readFlvLoop } from '../../devkit/camera/flv-loop';
import type { FlvLoop } from '../../devkit/camera/flv-loop';
import type { MjpgSource } from '../../devkit/camera/mjpg';
import { createLoopFile } from '../../devkit/camera/loop-file';
import { Recordings } from '../../devkit/camera/recordings';
import type { PtzPanel } from '../../devkit/camera/ptz-panel';
import { createCameraServer } from '../../devkit/camera/request-handler';
import type { RequestHandlerOptions } from '../../devkit/camera/request-handler';
import type { HttpHeaders, HttpServerRequest } from '../../p2p-core/http/types';
import { FakeClock } from './fake-clock';
import { FakeResponse, fakeRequest } from './fake-http';

const fixture = (name: string): string => path.join(process.cwd(), `devkit/fixtures/${name}.flv`);
export const highLoop = readFlvLoop(fs.readFileSync(fixture('high')));
export const standardLoop = readFlvLoop(fs.readFileSync(fixture('standard')));

export interface FakeCamera {
  clock: FakeClock;
  get(
    target: string,
    more?: { method?: string | undefined; viewerId?: number; headers?: HttpHeaders; streamBytes?: number },
  ): { request: HttpServerRequest; response: FakeResponse };
  /** This viewer's session ends. */
  leave(viewerId: number): void;
}

/** The HTTP interface of a camera in virtual time. By default: one channel, quality `high` only, three viewers. */
export function fakeCamera(
  options: Partial<Omit<RequestHandlerOptions, 'channels'>> & {
    recordings?: Recordings;
    /** Makes the pictures as JPEG. */
    mjpg?: (clock: FakeClock) => MjpgSource;
    /** null: a real camera that does not turn. */
    ptz?: PtzPanel | null;
  } = {},
): FakeCamera {
  const clock = new FakeClock();
  const channel: CameraChannel = {
    name: 'camera',
    source: createFileSource(clock, { high: highLoop }),
    recordings: options.recordings ?? new Recordings(),
    ...(options.mjpg ? { mjpg: options.mjpg(clock) } : {}),
    ...(options.ptz === undefined ? {} : { ptz: options.ptz }),
  };
  const server = createCameraServer({ clock, channels: [channel], viewerCount: () => 3, ...options });
  return {
    clock,
    get(target, { method = 'GET', viewerId = 1, headers = {}, streamBytes } = {}) {
      const request = fakeRequest(target, method, headers);
      const response = new FakeResponse(streamBytes);
      server.serve(request, response, viewerId);
      return { request, response };
    },
    leave: (viewerId) => server.viewerLeft(viewerId),
  };
}

/** One clip of two rounds of the loop. */
export function recordingsOf(loop: FlvLoop, startS: number): Recordings {
  const file = createLoopFile(loop, 2);
  const index = new FlvIndex(file);
  const endS = startS + Math.ceil((2 * loop.durationMs) / 1000);
  return new Recordings([{ fileName: `${startS}.flv`, startS, endS, type: 0, file, flvIndex: () => index }]);
}

export function userCommand(message: unknown): string {
  return `/command?action=user_define&channel=0&cmd=${encodeURIComponent(JSON.stringify(message))}`;
}
