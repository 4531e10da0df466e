import { channelNumber } from './channel';
import type { CameraChannel } from './channel';
import { DeviceStatus } from './device-status';
import { QUALITIES } from './live-source';
import { answerPlaybackCommand } from './playback-commands';
import type { Playbacks } from './playbacks';
import { answerRecordCommand } from './record-commands';
import type { StreamSlots } from './stream-slots';
import type { TalkDesk } from './talk';
import { UserTopics } from './user-topics';
import type { CameraBody, TopicEcho } from './user-topics';

export interface CommandAnswer {
  httpStatus: number;
  /** Sent as JSON. */
  body: unknown;
}

export interface CommandHandlerOptions {
  channels: readonly CameraChannel[];
  playbacks: Playbacks;
  slots: StreamSlots;
  talk: TalkDesk;
  viewerCount: () => number;
}

type Params = ReadonlyMap<string, string>;

/** The form before JSON: `cmd=ptz_left`, one step. */
const PLAIN_PTZ = /^ptz_(?:left|right|up|down)$/;

/**
 * Answers `GET /command?<query>`: `action=inner_define&channel=0&cmd=<name>…` and `action=user_define&channel=0&cmd=<JSON>`.
 * What a camera does not know is no HTTP error but a status in the body, as apps expect it.
 */
export class CommandHandler {
  private readonly topics: UserTopics[];

  constructor(private readonly options: CommandHandlerOptions) {
    const { channels } = options;
    const body: CameraBody = {
      version: '1.0.0',
      bind_status: 'bound',
      formatCard: () => channels.forEach(({ recordings }) => recordings.clear()),
    };
    this.topics = channels.map(({ ptz }) => new UserTopics(body, ptz, ptz === undefined));
  }

  isStandby(channel: number): boolean {
    return this.topics[channel]!.isStandby;
  }

  answer(params: Params, viewerId: number): CommandAnswer | Promise<CommandAnswer> {
    switch (params.get('action')) {
      case 'inner_define':
        return ok(this.answerInner(params, viewerId));
      case 'user_define':
        return this.answerUser(params, viewerId);
      default:
        return bad('action must be inner_define or user_define');
    }
  }

  private answerInner(params: Params, viewerId: number): unknown {
    const { channels, playbacks, viewerCount } = this.options;
    const command = params.get('cmd');
    if (command === 'get_device_st') {
      return [{ status: this.deviceStatus(params), appConnectNum: String(viewerCount()) }];
    }
    if (command === 'get_nvr_list') {
      return channels.map(({ name }, index) => ({ DeviceName: name, Channel: String(index), Online: '1' }));
    }
    const channel = channelNumber(params, channels);
    if (channel === null) return { status: DeviceStatus.BadRequest };
    return (
      answerRecordCommand(channels[channel]!.recordings, params) ??
      answerPlaybackCommand(playbacks, viewerId, channel, params) ?? { status: DeviceStatus.NotSupported }
    );
  }

  /** Whether a stream of this type would be accepted. */
  private deviceStatus(params: Params): DeviceStatus {
    const { channels, talk, slots } = this.options;
    const channel = channelNumber(params, channels);
    if (channel === null) return DeviceStatus.BadRequest;
    const { source, recordings } = channels[channel]!;
    const whenFree = slots.isFull ? DeviceStatus.TooManyViewers : DeviceStatus.Accepted;
    switch (params.get('type')?.toLowerCase()) {
      case 'live': {
        const quality = params.get('quality');
        const isKnown =
          quality === undefined || QUALITIES.some((name) => name === quality && source.tracks(name) !== null);
        if (!isKnown) return DeviceStatus.BadRequest;
        return this.isStandby(channel) ? DeviceStatus.Refused : whenFree;
      }
      case 'voice':
        if (!talk.isSupported) return DeviceStatus.NotSupported;
        return talk.isBusy ? DeviceStatus.Refused : DeviceStatus.Accepted;
      case 'playback':
        return recordings.hasPlayable ? whenFree : DeviceStatus.NotSupported;
      default:
        return DeviceStatus.BadRequest;
    }
  }

  private answerUser(params: Params, viewerId: number): CommandAnswer | Promise<CommandAnswer> {
    const text = params.get('cmd') ?? '';
    const channel = channelNumber(params, this.options.channels);
    if (PLAIN_PTZ.test(text)) return this.answerTopic(channel, { topic: 'ptz' }, { cmd: text }, viewerId);
    let message: unknown;
    try {
      message = JSON.parse(text);
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
    return this.answerTopic(channel, echo, data, viewerId);
  }

  private answerTopic(
    channel: number | null,
    echo: TopicEcho,
    data: unknown,
    viewerId: number,
  ): CommandAnswer | Promise<CommandAnswer> {
    if (channel === null) return ok({ ...echo, status: DeviceStatus.BadRequest });
    const answer = this.topics[channel]!.answer(echo, data, viewerId);
    if (answer instanceof Promise) return answer.then(ok);
    return ok(answer ?? { ...echo, status: DeviceStatus.NotSupported });
  }
}

function ok(body: unknown): CommandAnswer {
  return { httpStatus: 200, body };
}

function bad(reason: string): CommandAnswer {
  return { httpStatus: 400, body: { error: reason } };
}
