import { ErrCode } from '../../p2p-core/index';
import {
  acceptedAnswer,
  badAnswer,
  commandError,
  isObject,
  listOf,
  numberOf,
  objectOf,
} from './command-answer';
import type { JsonObject } from './command-answer';
import type { CommandClient, SendOptions } from './command-client';
import type { CommandParams } from './command-text';

/** Whether a stream of a type would be accepted: one of DeviceStatus, and who is connected. */
export interface StreamStatus {
  status: number;
  /** Viewers that are connected; 0 where the camera does not tell. */
  viewerCount: number;
}

export interface RecordedPeriod {
  /** Unix seconds. */
  startS: number;
  endS: number;
  /** Why it was recorded, in the camera's own numbers; 0 where it does not tell. */
  type: number;
}

export interface DeviceFile {
  fileName: string;
  fileBytes: number;
  startS: number;
  endS: number;
}

export interface NvrChannel {
  channel: number;
  name: string;
  isOnline: boolean;
}

export interface PtzPosition {
  x: number;
  y: number;
  minX: number;
  maxX: number;
  minY: number;
  maxY: number;
}

export interface PtzAnswer {
  /** The camera did it; false where it does not know the command. */
  isDone: boolean;
  /** The movement has come to the end of its axis. */
  isAtEnd: boolean;
  position: PtzPosition | null;
}

/** What cameras of this kind accept between the two ends of a period. */
const MIN_PERIOD_S = 5;

/**
 * The signaling commands of one channel, typed. All reject with CommandError: -2812 when the camera refused (with its
 * `status`), -2808 when its answer cannot be read, -2000 for arguments that make no sense, or the link's code.
 */
export class DeviceCommands {
  constructor(
    private readonly client: CommandClient,
    /** Of every command; `timeoutMs` where the default of 10 s is not right. */
    private readonly options: SendOptions = {},
  ) {}

  /** Asks before it is tried. A refusal is an answer here, not a rejection. */
  async getStreamStatus(type: 'live' | 'voice' | 'playback', quality?: string): Promise<StreamStatus> {
    const cmd = 'get_device_st';
    const answer = objectOf(cmd, await this.ask(cmd, { type, quality }));
    const status = numberOf(answer['status']);
    if (status === null) throw badAnswer(cmd, 'without a status');
    return { status, viewerCount: numberOf(answer['appConnectNum']) || 0 };
  }

  /** The days (1 to 31) of a month that have recordings, by the camera's clock. `month` is 1 to 12. */
  async getRecordedDays(year: number, month: number): Promise<number[]> {
    const cmd = 'get_month_record';
    if (!(year >= 1970 && year <= 9999 && month >= 1 && month <= 12)) {
      throw commandError(ErrCode.BadArgument, `${cmd}: no such month: ${year}-${month}`);
    }
    const time = `${year}${month < 10 ? '0' : ''}${month}`;
    const bits = numberOf((await this.accepted(cmd, { time }))['video_list']);
    if (bits === null) throw badAnswer(cmd, 'without a number of days');
    const days: number[] = [];
    for (let day = 1; day <= 31; day++) if ((bits >>> (day - 1)) & 1) days.push(day);
    return days;
  }

  /** What can be played between two moments (unix seconds), in the camera's order; entries that make no sense are left out. */
  async getRecordedPeriods(startS: number, endS: number, type?: number): Promise<RecordedPeriod[]> {
    const cmd = 'get_record_index';
    const params = { ...period(cmd, startS, endS), type };
    const list = listOf(cmd, (await this.accepted(cmd, params))['video_list']);
    return list.map((entry) => ({ ...times(entry), type: numberOf(entry['type']) || 0 })).filter(isPeriod);
  }

  /** Files of a period; `fileType` 0 is video. */
  async getFiles(startS: number, endS: number, fileType = 0): Promise<DeviceFile[]> {
    const cmd = 'get_file_list';
    const params = { ...period(cmd, startS, endS), file_type: fileType };
    const list = listOf(cmd, (await this.accepted(cmd, params))['file_list']);
    return list
      .map((entry) => ({
        ...times(entry),
        fileName: typeof entry['file_name'] === 'string' ? entry['file_name'] : '',
        fileBytes: numberOf(entry['file_size']) || 0,
      }))
      .filter((file) => file.fileName !== '' && isPeriod(file));
  }

  /** The channels of a recorder with several cameras. */
  async getChannels(): Promise<NvrChannel[]> {
    const cmd = 'get_nvr_list';
    return listOf(cmd, await this.ask(cmd)).map((entry, index) => {
      const channel = numberOf(entry['Channel']);
      return {
        channel: channel === null ? index : channel,
        name: String(entry['DeviceName'] || ''),
        isOnline: numberOf(entry['Online']) !== 0,
      };
    });
  }

  /** Where the playback is, in ms since its start time. */
  async getPlaybackProgress(): Promise<number> {
    const cmd = 'playback_progress';
    const progressMs = numberOf((await this.accepted(cmd))['progress']);
    if (progressMs === null) throw badAnswer(cmd, 'without a progress');
    return Math.max(0, progressMs);
  }

  async pausePlayback(): Promise<void> {
    await this.accepted('playback_pause');
  }

  async resumePlayback(): Promise<void> {
    await this.accepted('playback_resume');
  }

  /** @param progressMs since the start time of the playback */
  async seekPlayback(progressMs: number): Promise<void> {
    const cmd = 'playback_seek';
    if (!(progressMs >= 0)) throw commandError(ErrCode.BadArgument, `${cmd}: not a progress: ${progressMs}`);
    await this.accepted(cmd, { progress: Math.round(progressMs) });
  }

  /** One PTZ command by its name, e.g. `ptz_left_press`; `data` is what it takes besides. */
  async ptz(cmd: string, data: JsonObject = {}): Promise<PtzAnswer> {
    const answer = await this.user('ptz', { ...data, cmd });
    return {
      isDone: isDone(answer),
      isAtEnd: answer['apex'] === 'yes',
      position: positionOf(answer),
    };
  }

  /** What the camera says of itself: `status` (working, standby), `Mirror_flip`, `intercom`, and its own fields. */
  async getStatus(): Promise<JsonObject> {
    return dataOf('get_status', await this.done('get_status'));
  }

  async setStatus(status: 'working' | 'standby'): Promise<void> {
    await this.done('set_status', { status });
  }

  async setMirrorFlip(status: 'normal' | 'mirror' | 'flip' | 'mirror_flip'): Promise<void> {
    await this.done('Mirror_flip', { status });
  }

  async setIntercom(status: 'using' | 'unused'): Promise<void> {
    await this.done('intercom', { status });
  }

  async getVersion(): Promise<string> {
    const { version } = dataOf('version', await this.done('version'));
    if (typeof version !== 'string') throw badAnswer('version', 'without a version');
    return version;
  }

  private ask(cmd: string, params?: CommandParams): Promise<unknown> {
    return this.client.sendInnerCommand(cmd, params, this.options);
  }

  private async accepted(cmd: string, params?: CommandParams): Promise<JsonObject> {
    return acceptedAnswer(cmd, await this.ask(cmd, params));
  }

  private user(topic: string, data?: unknown): Promise<JsonObject> {
    return this.client.sendUserCommand({ topic, data: data || {} }, this.options);
  }

  private async done(topic: string, data?: unknown): Promise<JsonObject> {
    const answer = await this.user(topic, data);
    if (isDone(answer)) return answer;
    throw commandError(
      ErrCode.CommandRefused,
      `${topic}: the camera did not do it (result ${answer['result']})`,
    );
  }
}

function isDone(answer: JsonObject): boolean {
  return answer['result'] === undefined || numberOf(answer['result']) === 0;
}

function dataOf(topic: string, answer: JsonObject): JsonObject {
  const data = answer['data'];
  if (isObject(data)) return data;
  throw badAnswer(topic, 'without data');
}

function period(cmd: string, startS: number, endS: number): { start_time: number; end_time: number } {
  if (startS > 0 && endS - startS >= MIN_PERIOD_S) {
    return { start_time: Math.floor(startS), end_time: Math.ceil(endS) };
  }
  throw commandError(ErrCode.BadArgument, `${cmd}: a period has ${MIN_PERIOD_S} s at least`);
}

function times(entry: JsonObject): { startS: number; endS: number } {
  return { startS: numberOf(entry['start_time']) || 0, endS: numberOf(entry['end_time']) || 0 };
}

function isPeriod({ startS, endS }: { startS: number; endS: number }): boolean {
  return startS > 0 && endS > startS;
}

function positionOf(answer: JsonObject): PtzPosition | null {
  const [x, y, minX, maxX, minY, maxY] = ['current_x', 'current_y', 'min_x', 'max_x', 'min_y', 'max_y'].map(
    (name) => numberOf(answer[name]),
  ) as (number | null)[];
  if (x == null || y == null || minX == null || maxX == null || minY == null || maxY == null) return null;
  return { x, y, minX, maxX, minY, maxY };
}
