import { action, computed, makeObservable, observable } from 'mobx-miniprogram';
import type { Environment } from '../environment';
import type { Locale } from '../locale/locale';
import type { LocaleKey } from '../locale/zh-cn';
import { NamedTimers } from '../named-timers';
import { ALBUM_SCOPE } from '../permission';
import type { PermissionPort } from '../permission';
import { saveToAlbum } from './save';
import type { AlbumPort } from './save';

const NOTICE_MS = 3000;

export interface AlbumEmissionMap {
  albumSaved: { filePath: string };
  /** `refused`: the user did not allow it, and only the settings help. */
  albumError: { kind: 'refused' | 'failed'; errMsg: string };
}
export type AlbumEmission = {
  [Name in keyof AlbumEmissionMap]: { name: Name; detail: AlbumEmissionMap[Name] };
}[keyof AlbumEmissionMap];

export interface AlbumStoreOptions {
  environment: Environment;
  album: AlbumPort;
  permission: PermissionPort;
  locale: Locale;
  /** Asked whenever a picture or a film is there. The album takes no FLV. */
  savesToAlbum: () => boolean;
  emit: (emission: AlbumEmission) => void;
}

/** What is said of the last picture or film; plain data. */
export interface AlbumView {
  /** What became of it, for a moment; '' for nothing. */
  notice: string;
  canOpenSettings: boolean;
  settingsText: string;
}

/** The way of pictures and films into the phone's album, and the words about it. `destroy` it with its component. */
export class AlbumStore {
  notice: LocaleKey | null = null;
  locale: Locale;

  private readonly timers: NamedTimers<'notice'>;
  private isDestroyed = false;

  constructor(private readonly options: AlbumStoreOptions) {
    this.locale = options.locale;
    this.timers = new NamedTimers(options.environment);
    makeObservable<AlbumStore, 'setNotice'>(this, {
      notice: observable,
      locale: observable.ref,
      view: computed.struct,
      setNotice: action,
      setLocale: action,
    });
  }

  get view(): AlbumView {
    const { locale, notice } = this;
    return {
      notice: notice === null ? '' : locale.text(notice),
      canOpenSettings: notice === 'capture.refused',
      settingsText: locale.text('action.openSettings'),
    };
  }

  /** Into the album, where the host wants that. `isSoundLeftOut`: the film is silent, and the user is told. */
  save(media: 'image' | 'video', filePath: string, isSoundLeftOut = false): void {
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

  tell(notice: LocaleKey): void {
    this.setNotice(notice);
    // The way to the settings stays until it is taken, or something else is to be said.
    if (notice === 'capture.refused') this.timers.clear('notice');
    else this.timers.arm('notice', NOTICE_MS, () => this.setNotice(null));
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
  }

  private setNotice(notice: LocaleKey | null): void {
    this.notice = notice;
  }
}
