import { QUALITIES } from './live-source';
import { Ptz } from './ptz';

export interface CommandAnswer {
  httpStatus: number;
  /** Sent as JSON. */
  body: unknown;
}

/** What a camera says in `status` of its answers, as strings (Tencent's list of signaling commands). */
const DeviceStatus = { Accepted: '0', BadRequest: '404', NotSupported: '406' } as const;

/**
 * Answers `GET /command?<query>`: `action=inner_define&channel=0&cmd=<name>…` and `action=user_define&channel=0&cmd=<JSON>`.
 * What a camera does not know is no HTTP error but a status in the body, as apps expect it.
 */
export class CommandHandler {
  private readonly ptz = new Ptz();

  constructor(private readonly viewerCount: () => number) {}

  answer(params: ReadonlyMap<string, string>): CommandAnswer {
    switch (params.get('action')) {
      case 'inner_define':
        return ok(this.answerInner(params));
      case 'user_define':
        return this.answerUser(params.get('cmd') ?? '');
      default:
        return bad('action must be inner_define or user_define');
    }
  }

  private answerInner(params: ReadonlyMap<string, string>): unknown {
    if (params.get('cmd') === 'get_device_st') {
      return [{ status: this.deviceStatus(params), appConnectNum: String(this.viewerCount()) }];
    }
    return { status: DeviceStatus.NotSupported };
  }

  /** Whether a stream of this type would be accepted. */
  private deviceStatus(params: ReadonlyMap<string, string>): string {
    const quality = params.get('quality');
    switch (params.get('type')?.toLowerCase()) {
      case 'live':
        if ((params.get('channel') ?? '0') !== '0') return DeviceStatus.BadRequest;
        return quality === undefined || (QUALITIES as readonly string[]).includes(quality)
          ? DeviceStatus.Accepted
          : DeviceStatus.BadRequest;
      case 'voice':
      case 'playback':
        return DeviceStatus.NotSupported;
      default:
        return DeviceStatus.BadRequest;
    }
  }

  private answerUser(json: string): CommandAnswer {
    let message: unknown;
    try {
      message = JSON.parse(json);
    } catch {
      return bad('cmd must be JSON');
    }
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      return bad('cmd must be a JSON object');
    }
    const { topic, message_id, data } = message as { topic?: unknown; message_id?: unknown; data?: unknown };
    if (typeof topic !== 'string') return bad('cmd must have a topic');
    // Apps find the request of an answer by these two.
    const echo = message_id === undefined ? { topic } : { topic, message_id };
    if (topic === 'ptz')
      return ok({ ...echo, ...this.ptz.command((data as { cmd?: unknown } | undefined)?.cmd) });
    return ok({ ...echo, status: DeviceStatus.NotSupported });
  }
}

function ok(body: unknown): CommandAnswer {
  return { httpStatus: 200, body };
}

function bad(reason: string): CommandAnswer {
  return { httpStatus: 400, body: { error: reason } };
}
