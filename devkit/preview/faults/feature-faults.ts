import { parseQuery } from '../../../p2p-core/http/query';
import type { HttpServerRequest, HttpServerResponse } from '../../../p2p-core/http/types';
import { sendError, sendJson } from '../../camera/answers';
import { DeviceStatus } from '../../camera/device-status';

/** Of the file that no mini program can keep. */
const HUGE_BYTES = 150 * 1024 * 1024;
/** A download breaks off when so much is on its way. */
const CUT_BYTES = 512 * 1024;
const OTHER_ETAG = '"changed"';

type Params = ReadonlyMap<string, string>;

/** What a camera can do wrong beside its live picture: talk, PTZ, recordings, downloads. */
export class FeatureFaults {
  private readonly active = new Set<string>();
  /** Where the recording begins that cannot be played; the first one that is asked for. */
  private brokenStartS: string | null = null;
  private isCut = false;

  /** @param die the camera loses its power */
  constructor(private readonly die: () => void) {}

  set(id: string, isOn: boolean): void {
    if (isOn) this.active.add(id);
    else this.active.delete(id);
    this.brokenStartS = null;
    this.isCut = false;
  }

  /** True: the request is taken care of. */
  intercept(request: HttpServerRequest, response: HttpServerResponse): boolean {
    if (this.active.size === 0) return false;
    const params = parseQuery(request.query);
    switch (request.path) {
      case '/voice':
        return this.refuseTalk(response);
      case '/command':
        return this.answerCommand(params, response);
      case '/ipc.flv':
        if (params.get('action') === 'playback') return this.breakClip(params, response);
        if (params.get('action') === 'download') this.spoilDownload(request, response);
        return false;
      default:
        return false;
    }
  }

  private refuseTalk(response: HttpServerResponse): boolean {
    if (this.active.has('talk-busy')) sendError(response, 409, 'somebody else is talking');
    else if (this.active.has('talk-full')) sendError(response, 405, 'too many talks');
    else return false;
    return true;
  }

  private answerCommand(params: Params, response: HttpServerResponse): boolean {
    const answer = this.answerTo(params);
    if (answer === null) return false;
    if (answer === 'nothing') this.die();
    else sendJson(response, 200, answer);
    return true;
  }

  private answerTo(params: Params): object | 'nothing' | null {
    const { active } = this;
    switch (params.get('cmd')) {
      case 'get_device_st':
        if (params.get('type') !== 'voice') return null;
        if (active.has('talk-busy')) return [{ status: DeviceStatus.Refused }];
        return active.has('talk-full') ? [{ status: DeviceStatus.TooManyViewers }] : null;
      case 'playback_seek':
        return active.has('seek-refused') ? { status: DeviceStatus.BadRequest } : null;
      case 'get_file_list':
        return active.has('file-too-large') ? { file_list: [hugeFile(params)] } : null;
      default:
        return this.answerPtz(params);
    }
  }

  private answerPtz(params: Params): object | 'nothing' | null {
    const { active } = this;
    if (params.get('action') !== 'user_define' || !(active.has('ptz-end') || active.has('ptz-cut')))
      return null;
    const message = readMessage(params.get('cmd') ?? '');
    if (message?.topic !== 'ptz' || !String(message.data?.cmd).endsWith('_press')) return null;
    if (active.has('ptz-cut')) return 'nothing';
    const { topic, message_id } = message;
    return { topic, message_id, result: 0, apex: 'yes' };
  }

  private breakClip(params: Params, response: HttpServerResponse): boolean {
    if (!this.active.has('clip-broken')) return false;
    const startS = params.get('start_time') ?? '';
    this.brokenStartS ??= startS;
    if (this.brokenStartS !== startS) return false;
    sendError(response, 404, 'the recording cannot be read');
    return true;
  }

  /** Once; what follows depends on whether the file has changed meanwhile. */
  private spoilDownload(request: HttpServerRequest, response: HttpServerResponse): void {
    const isChanging = this.active.has('download-changed');
    if (!isChanging && !this.active.has('download-cut')) return;
    if (this.isCut) {
      if (isChanging) changeFile(request, response);
      return;
    }
    const write = response.write.bind(response);
    let sentBytes = 0;
    response.write = (bytes, extension) => {
      write(bytes, extension);
      sentBytes += bytes.length;
      if (this.isCut || sentBytes < CUT_BYTES) return;
      this.isCut = true;
      // Whoever gives an answer up is not told that it was given up.
      request.onAbort?.();
      response.abort();
    };
  }
}

/** As if the recording had been written anew: what the viewer has is of another file. */
function changeFile(request: HttpServerRequest, response: HttpServerResponse): void {
  request.headers = { ...request.headers, 'if-range': 'another' };
  const start = response.start.bind(response);
  response.start = (status, headers) => start(status, { ...headers, etag: OTHER_ETAG });
}

function hugeFile(params: Params): object {
  const start_time = params.get('start_time');
  const file_size = String(HUGE_BYTES);
  return { file_type: '0', file_name: 'night.mp4', file_size, start_time, end_time: params.get('end_time') };
}

interface PtzMessage {
  topic?: unknown;
  message_id?: unknown;
  data?: { cmd?: unknown };
}

function readMessage(text: string): PtzMessage | null {
  try {
    return JSON.parse(text) as PtzMessage | null;
  } catch {
    return null;
  }
}
