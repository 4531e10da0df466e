import type { DeviceFile } from '../command/device-commands';
import type { Locale } from '../locale/locale';
import { formatTime } from '../playback/calendar';
import type { DownloadItem, DownloadPhase } from './download-step';

/** One file in the list; plain data. */
export interface DownloadRow {
  fileName: string;
  /** `10:05 – 10:07` */
  title: string;
  /** `12.3 MB` */
  size: string;
  /** `none`: not asked for; `left`: an earlier run left a part. */
  phase: DownloadPhase | 'none' | 'left';
  percent: number;
  /** What happens, or why not. */
  note: string;
  /** What the button does: '' has none. */
  action: 'start' | 'pause' | 'resume' | 'save' | '';
  actionText: string;
  cancelText: string;
}

const MB = 1024 * 1024;

/** `speed`: bytes a second of the running one; 0: unknown yet. `leftBytes`: what an earlier run left. */
export function downloadRow(
  file: DeviceFile,
  item: DownloadItem | undefined,
  leftBytes: number,
  speed: number,
  locale: Locale,
): DownloadRow {
  const { fileName, fileBytes, startS, endS } = file;
  const phase = item ? item.phase : leftBytes > 0 ? 'left' : 'none';
  const receivedBytes = item ? item.receivedBytes : leftBytes;
  const canSave = phase === 'done' && /\.mp4$/i.test(fileName);
  const action =
    phase === 'none'
      ? 'start'
      : phase === 'waiting' || phase === 'running'
        ? 'pause'
        : phase === 'done'
          ? canSave
            ? 'save'
            : ''
          : 'resume';
  return {
    fileName,
    title: `${formatTime(startS * 1000, false)} – ${formatTime(endS * 1000, false)}`,
    size: megabytes(fileBytes),
    phase,
    percent: fileBytes > 0 ? Math.min(100, Math.floor((receivedBytes / fileBytes) * 100)) : 0,
    note: noteOf(phase, item, fileBytes - receivedBytes, speed, locale),
    action,
    actionText: action === '' ? '' : locale.text(`download.${action}`),
    cancelText: locale.text('download.cancel'),
  };
}

function noteOf(
  phase: DownloadRow['phase'],
  item: DownloadItem | undefined,
  restBytes: number,
  speed: number,
  locale: Locale,
): string {
  if (item && item.problem !== 'none') return locale.text(`download.problem.${item.problem}`);
  if (phase === 'none') return '';
  if (phase !== 'running' || speed <= 0) return locale.text(`download.${phase}`);
  const rest = locale.format('unit.seconds', Math.max(1, Math.ceil(restBytes / speed)));
  return `${megabytes(speed)}/s · ${rest}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}
