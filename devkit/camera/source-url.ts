/** What a source is, as the user names it. */
export type SourceSpec =
  | { kind: 'loop'; name: string }
  | { kind: 'rtsp'; url: string }
  | { kind: 'http-flv'; url: string }
  | { kind: 'http-mjpg'; url: string }
  | { kind: 'v4l2'; device: string }
  /** What the camera at this ONVIF address says itself. */
  | { kind: 'onvif'; url: string; stream: 'main' | 'small' };

const V4L2 = /^(?:v4l2:)?(\/dev\/video\d+)$/;

/** As most cameras call it; `mjpg:` in front says it of any other. */
const MJPG_URL = /mjpe?g/i;
const MJPG_MARK = /^mjpe?g:(?=https?:)/;

/** Throws an Error that says what is possible, without the password that the URL may hold. */
export function parseSource(name: string): SourceSpec {
  if (name === 'test:' || name.startsWith('file:')) return { kind: 'loop', name };
  const device = V4L2.exec(name)?.[1];
  if (device !== undefined) return { kind: 'v4l2', device };
  const isMarked = MJPG_MARK.test(name);
  const url = name.replace(MJPG_MARK, '');
  if (URL.canParse(url)) {
    const { protocol, hostname, pathname, search } = new URL(url);
    const isRtsp = protocol === 'rtsp:' || protocol === 'rtsps:';
    if (isRtsp && hostname !== '') return { kind: 'rtsp', url };
    if (protocol === 'http:' || protocol === 'https:') {
      return { kind: isMarked || MJPG_URL.test(pathname + search) ? 'http-mjpg' : 'http-flv', url };
    }
  }
  throw new Error(
    `unknown source ${withoutSecrets(name)}: expected rtsp://…, rtsps://…, http(s)://…flv, http(s)://…mjpg, /dev/videoN, file:PATH or test:`,
  );
}

/** A URL as it may be shown: without user, password and query, where cameras put tokens. Any text may be given. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/(\b[a-z0-9+.-]+:\/\/)[^\s/@]*@/gi, '$1')
    .replace(/(\b[a-z0-9+.-]+:\/\/[^\s?#]*)[?#][^\s'"]*/gi, '$1?…');
}
