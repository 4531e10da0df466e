import { action, computed, makeObservable, observable } from 'mobx-miniprogram';
import type { Environment } from '../environment';
import type { Locale } from '../locale/locale';
import type { LocaleKey } from '../locale/zh-cn';
import { NamedTimers } from '../named-timers';
import { ALBUM_SCOPE } from '../permission';
import type { PermissionPort } from '../permission';
import { saveToAlbum } from './album';
import type { AlbumPort } from './album';
import type { FilePort } from './block-file';
import { RecordStore } from './record-store';
import type { RecordEmission } from './record-store';
import type { RecordFormat } from './recording-muxer';

const NOTICE_MS = 3000;

export interface AlbumEmissionMap {
  albumSaved: { filePath: string };
  /** `refused`: the user did not allow it, and only the settings help. */
  albumError: { kind: 'refused' | 'failed'; errMsg: string };
}
export type CaptureEmission =
  | RecordEmission
  | {
      [Name in keyof AlbumEmissionMap]: { name: Name; detail: AlbumEmissionMap[Name] };
    }[keyof AlbumEmissionMap];

export interface CaptureStoreOptions {
  environment: Environment;
  files: FilePort;
  newPath: (format: RecordFormat) => string;
  /** Asked for each recording; default: FLV. */
  recordFormat?: () => RecordFormat;
  album: AlbumPort;
  permission: PermissionPort;
  locale: Locale;
  /** Asked whenever a picture or a film is there. The album takes no FLV. */
  savesToAlbum: () => boolean;
  emit: (emission: CaptureEmission) => void;
}

/** What buttons for pictures and films show; plain data. */
export interface CaptureView {
  isRecording: boolean;
  /** Length of the recording, `1:05`; '' while none runs. */
  time: string;
  recordText: string;
  /** What became of the last one, for a moment; '' for nothing. */
  notice: string;
  canOpenSettings: boolean;
  settingsText: string;
}

/** Pictures and films of a player: the recorder, and the way into the album. `destroy` it with its component. */
export class CaptureStore {
  readonly record: RecordStore;
  notice: LocaleKey | null = null;
  locale: Locale;

  private readonly timers: NamedTimers<'notice'>;
  private isDestroyed = false;

  constructor(private readonly options: CaptureStoreOptions) {
    const { environment, files, newPath, recordFormat, locale, emit } = options;
    this.locale = locale;
    this.timers = new NamedTimers(environment);
    this.record = new RecordStore({
      environment,
      files,
      newPath,
      ...(recordFormat ? { format: recordFormat } : {}),
      emit: (emission) => {
        if (emission.name === 'recordError') this.tell('capture.recordFailed');
        else if (emission.name === 'recordSaved') this.tell(recordedKey(emission.detail.isSoundLeftOut));
        emit(emission);
        if (emission.name === 'recordSaved' && emission.detail.format === 'mp4') {
          const { filePath, isSoundLeftOut } = emission.detail;
          this.save('video', filePath, isSoundLeftOut);
        }
      },
    });
    makeObservable<CaptureStore, 'setNotice'>(this, {
      notice: observable,
      locale: observable.ref,
      view: computed.struct,
      setNotice: action,
      setLocale: action,
    });
  }

  get view(): CaptureView {
    const { locale, notice } = this;
    const { phase, durationMs } = this.record.state;
    const isRecording = phase === 'opening' || phase === 'waiting' || phase === 'recording';
    const seconds = Math.floor(durationMs / 1000);
    const time = `${Math.floor(seconds / 60)}:${seconds % 60 < 10 ? '0' : ''}${seconds % 60}`;
    return {
      isRecording,
      time: isRecording ? time : '',
      recordText: locale.text(isRecording ? 'action.stopRecord' : 'action.record'),
      notice: notice === null ? '' : locale.text(notice),
      canOpenSettings: notice === 'capture.refused',
      settingsText: locale.text('action.openSettings'),
    };
  }

  toggleRecord(): void {
    if (this.view.isRecording) this.record.stop();
    else this.record.start();
  }

  /** A picture was taken: into the album, where the host wants that. */
  onSnapshot(filePath: string): void {
    this.save('image', filePath, false);
  }

  /** Only in answer to a tap. */
  openSettings(): void {
    this.setNotice(null);
    void this.options.permission.openSettings(ALBUM_SCOPE);
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
  }

  destroy(): void {
    this.isDestroyed = true;
    this.timers.clearAll();
    this.record.destroy();
  }

  private save(media: 'image' | 'video', filePath: string, isSoundLeftOut: boolean): void {
    const { savesToAlbum, album, permission, emit } = this.options;
    if (!savesToAlbum()) return;
    void saveToAlbum(media, filePath, album, permission).then((result) => {
      if (this.isDestroyed) return;
      if (result.kind === 'saved') {
        this.tell(isSoundLeftOut ? 'capture.savedSilent' : 'capture.saved');
        return emit({ name: 'albumSaved', detail: { filePath } });
      }
      this.tell(result.kind === 'refused' ? 'capture.refused' : 'capture.failed');
      const errMsg = result.kind === 'failed' ? result.errMsg : '';
      emit({ name: 'albumError', detail: { kind: result.kind, errMsg } });
    });
  }

  private tell(notice: LocaleKey): void {
    this.setNotice(notice);
    // The way to the settings stays until it is taken, or something else is to be said.
    if (notice === 'capture.refused') this.timers.clear('notice');
    else this.timers.arm('notice', NOTICE_MS, () => this.setNotice(null));
  }

  private setNotice(notice: LocaleKey | null): void {
    this.notice = notice;
  }
}

function recordedKey(isSoundLeftOut: boolean): LocaleKey {
  return isSoundLeftOut ? 'capture.recordedSilent' : 'capture.recorded';
}
