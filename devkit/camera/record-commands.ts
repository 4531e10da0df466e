import { DeviceStatus } from './device-status';
import { periodOf, wholeNumber } from './params';
import type { RecordedClip, Recordings } from './recordings';

/** So that an answer stays well below the megabyte that viewers take. */
const MAX_LISTED_CLIPS = 4_000;
/** `file_type` of videos; the others (pictures and the like) this camera does not have. */
const VIDEO_FILE_TYPE = '0';

/**
 * `get_month_record`, `get_record_index` and `get_file_list` of one channel, as Tencent's cameras answer them (times are
 * strings of unix seconds); null for any other command.
 */
export function answerRecordCommand(recordings: Recordings, params: ReadonlyMap<string, string>): unknown {
  switch (params.get('cmd')) {
    case 'get_month_record':
      return monthRecord(recordings, params.get('time') ?? '');
    case 'get_record_index':
      return recordIndex(recordings, params);
    case 'get_file_list':
      return fileList(recordings, params);
    default:
      return null;
  }
}

function monthRecord(recordings: Recordings, time: string): unknown {
  const match = /^(\d{4})(0[1-9]|1[0-2])$/.exec(time);
  if (match === null) return { status: DeviceStatus.BadRequest };
  return { video_list: String(recordings.monthBits(Number(match[1]), Number(match[2]))) };
}

function recordIndex(recordings: Recordings, params: ReadonlyMap<string, string>): unknown {
  const period = periodOf(params);
  const type = params.has('type') ? wholeNumber(params.get('type')) : undefined;
  if (period === null || type === null) return { status: DeviceStatus.BadRequest };
  const clips = recordings
    .playableWithin(period.startS, period.endS)
    .filter((clip) => type === undefined || clip.type === type);
  return {
    video_list: clips.slice(0, MAX_LISTED_CLIPS).map((clip) => ({ type: clip.type, ...times(clip) })),
  };
}

function fileList(recordings: Recordings, params: ReadonlyMap<string, string>): unknown {
  const period = periodOf(params);
  if (period === null) return { status: DeviceStatus.BadRequest };
  const isVideo = (params.get('file_type') ?? VIDEO_FILE_TYPE) === VIDEO_FILE_TYPE;
  const clips = isVideo ? recordings.within(period.startS, period.endS) : [];
  return {
    file_list: clips.slice(0, MAX_LISTED_CLIPS).map((clip) => ({
      file_type: VIDEO_FILE_TYPE,
      file_name: clip.fileName,
      file_size: String(clip.file.byteCount),
      ...times(clip),
    })),
  };
}

function times(clip: RecordedClip): { start_time: string; end_time: string } {
  return { start_time: String(clip.startS), end_time: String(clip.endS) };
}
