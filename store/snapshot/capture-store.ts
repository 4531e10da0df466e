import { computed, makeObservable } from 'mobx-miniprogram';
import { AlbumStore } from '../album/album-store';
import type { AlbumEmission, AlbumStoreOptions, AlbumView } from '../album/album-store';
import type { Locale } from '../locale/locale';
import type { FilePort } from './block-file';
import { RecordStore } from './record-store';
import type { RecordEmission } from './record-store';
import type { RecordFormat } from './recording-muxer';

export type CaptureEmission = RecordEmission | AlbumEmission;

export interface CaptureStoreOptions extends Omit<AlbumStoreOptions, 'emit'> {
  files: FilePort;
  newPath: (format: RecordFormat) => string;
  /** Asked for each recording; default: FLV. */
  recordFormat?: () => RecordFormat;
  emit: (emission: CaptureEmission) => void;
}

/** What buttons for pictures and films show; plain data. */
export interface CaptureView extends AlbumView {
  isRecording: boolean;
  /** Length of the recording, `1:05`; '' while none runs. */
  time: string;
  recordText: string;
}

/** Pictures and films of a player: the recorder, and the way into the album. `destroy` it with its component. */
export class CaptureStore {
  readonly record: RecordStore;
  private readonly album: AlbumStore;

  constructor(options: CaptureStoreOptions) {
    const { environment, files, newPath, recordFormat, emit } = options;
    const album = new AlbumStore(options);
    this.album = album;
    this.record = new RecordStore({
      environment,
      files,
      newPath,
      ...(recordFormat ? { format: recordFormat } : {}),
      emit: (emission) => {
        if (emission.name === 'recordError') album.tell('capture.recordFailed');
        else if (emission.name === 'recordSaved') album.tell(recordedKey(emission.detail.isSoundLeftOut));
        emit(emission);
        if (emission.name === 'recordSaved' && emission.detail.format === 'mp4') {
          album.save('video', emission.detail.filePath, emission.detail.isSoundLeftOut);
        }
      },
    });
    makeObservable(this, { view: computed.struct });
  }

  get view(): CaptureView {
    const { locale, view } = this.album;
    const { phase, durationMs } = this.record.state;
    const isRecording = phase === 'opening' || phase === 'waiting' || phase === 'recording';
    const seconds = Math.floor(durationMs / 1000);
    const time = `${Math.floor(seconds / 60)}:${seconds % 60 < 10 ? '0' : ''}${seconds % 60}`;
    return {
      isRecording,
      time: isRecording ? time : '',
      recordText: locale.text(isRecording ? 'action.stopRecord' : 'action.record'),
      ...view,
    };
  }

  toggleRecord(): void {
    if (this.view.isRecording) this.record.stop();
    else this.record.start();
  }

  /** A picture was taken: into the album, where the host wants that. */
  onSnapshot(filePath: string): void {
    this.album.save('image', filePath);
  }

  /** Only in answer to a tap. */
  openSettings(): void {
    this.album.openSettings();
  }

  setLocale(locale: Locale): void {
    this.album.setLocale(locale);
  }

  destroy(): void {
    this.album.destroy();
    this.record.destroy();
  }
}

function recordedKey(isSoundLeftOut: boolean): 'capture.recorded' | 'capture.recordedSilent' {
  return isSoundLeftOut ? 'capture.recordedSilent' : 'capture.recorded';
}
