import { flvHeader, flvTag } from '../flv/tag-writer';
import type { Clock, Port } from '../port/port';
import { OriginSource } from './origin-source';
import type { SharedPull, SharedStreamHandler, SharedStreamOptions } from './sharing';

/** A stream that others watch too, all of it from its server. */
export function createServerPull(
  port: Pick<Port, 'openHttp'>,
  clock: Clock,
  options: SharedStreamOptions,
  handler: SharedStreamHandler,
): SharedPull {
  const origin = new OriginSource(port, clock, options, {
    onHead: (status, headers) => handler.onHead(status, headers),
    onHeader: (hasVideo, hasAudio) => handler.onData(flvHeader(hasVideo, hasAudio)),
    onTag: ({ type, timestampMs, data }) => handler.onData(flvTag(type, timestampMs, data)),
    onEnd: (errcode, errmsg) => handler.onEnd(errcode, errmsg),
  });
  return {
    start: () => origin.start(),
    renew: () => origin.renew(),
    setUpload: () => undefined,
    stop: () => origin.stop(),
    get receivedBytes() {
      return origin.receivedBytes;
    },
    stats: () => null,
  };
}
