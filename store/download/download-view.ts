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
  action: 'start' | 'pause' | 'resume' | 'save' | 'settings' | '';
  actionText: string;
  cancelText: string;
}

/** Where a film is on its way to the album. */
export type Saving = 'saving' | 'saved' | 'savedSilent' | 'refused' | 'failed';

/** What is known of one file. */
export interface DownloadFacts {
  file: DeviceFile;
  /** In the queue. */
  item: DownloadItem | undefined;
  /** What an earlier run left of it. */
  leftBytes: number;
  /** Why the platform would not keep it. */
  limit: 'none' | 'tooLarge' | 'noSpace';
  /** Bytes a second of the running one; 0: unknown yet. */
  speed: number;
  saving: Saving | undefined;
}

const SAVING_TEXTS = {
  saving: 'download.saving',
  saved: 'capture.saved',
  savedSilent: 'capture.savedSilent',
  refused: 'capture.refused',
  failed: 'capture.failed',
} as const;

const MB = 1024 * 1024;

export function downloadRow(facts: DownloadFacts, locale: Locale): DownloadRow {
  const { file, item, leftBytes } = facts;
  const { fileName, fileBytes, startS, endS } = file;
  const phase = item ? item.phase : leftBytes > 0 ? 'left' : 'none';
  const receivedBytes = item ? item.receivedBytes : leftBytes;
  const action = actionOf(phase, facts);
  return {
    fileName,
    title: `${formatTime(startS * 1000, false)} – ${formatTime(endS * 1000, false)}`,
    size: megabytes(fileBytes),
    phase,
    percent: fileBytes > 0 ? Math.min(100, Math.floor((receivedBytes / fileBytes) * 100)) : 0,
    note: noteOf(phase, fileBytes - receivedBytes, facts, locale),
    action,
    actionText:
      action === '' ? '' : locale.text(action === 'settings' ? 'action.openSettings' : `download.${action}`),
    cancelText: locale.text('download.cancel'),
  };
}

function actionOf(
  phase: DownloadRow['phase'],
  { file, limit, saving }: DownloadFacts,
): DownloadRow['action'] {
  switch (phase) {
    case 'none':
      // What can never be kept is not offered.
      return limit === 'tooLarge' ? '' : 'start';
    case 'waiting':
    case 'running':
      return 'pause';
    case 'done':
      if (saving === 'refused') return 'settings';
      return saving !== 'saving' && /\.(mp4|flv)$/i.test(file.fileName) ? 'save' : '';
    default:
      return 'resume';
  }
}

function noteOf(
  phase: DownloadRow['phase'],
  restBytes: number,
  { item, limit, speed, saving }: DownloadFacts,
  locale: Locale,
): string {
  if (item && item.problem !== 'none') return locale.text(`download.problem.${item.problem}`);
  if (phase === 'none') return limit === 'none' ? '' : locale.text(`download.problem.${limit}`);
  if (phase === 'done' && saving) return locale.text(SAVING_TEXTS[saving]);
  if (phase === 'running' && restBytes <= 0) return locale.text('download.checking');
  if (phase !== 'running' || speed <= 0) return locale.text(`download.${phase}`);
  const rest = locale.format('unit.seconds', Math.max(1, Math.ceil(restBytes / speed)));
  return `${megabytes(speed)}/s · ${rest}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}
