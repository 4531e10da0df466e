import { getModuleOwner } from '../../store/index';
import { DownloadStore, dayOf, parseDay } from '../../store/download/index';
import type { DayView, DownloadRow } from '../../store/index';
import { bindStore } from '../common/bind-store';
import { cameraKey, cameraOf, localeOf } from '../common/camera-props';
import { followDays } from '../common/follow-days';
import { wxAlbum, wxFiles } from '../common/wx-files';
import { wxPermission } from '../common/wx-permission';
import { DOWNLOAD_PROPS } from './props';
import { wxContentRecords, wxFileStore } from './wx-file-store';

/** Fields of the instance that are never rendered. Null before `attached` and after `detached`. */
interface Instance {
  download: { store: DownloadStore; unbind: () => void; key: string } | null;
}

const instanceOf = (component: object): Instance => component as unknown as Instance;
const fileOf = (event: WechatMiniprogram.CustomEvent): string => String(event.currentTarget.dataset['file']);

Component({
  behaviors: ['wx://component-export'],

  properties: DOWNLOAD_PROPS,

  data: {
    rows: [] as DownloadRow[],
    days: {} as Partial<DayView>,
    message: '',
    retryText: '',
  },

  observers: {
    'targetId, xp2pInfo, productId, deviceName, channel'() {
      if (instanceOf(this).download) this.open();
    },
    'language, texts'() {
      this.withStore((store) => store.setLocale(localeOf(this.data)));
    },
    date(text: string) {
      this.withStore((store) =>
        store.selectDay(parseDay(text) || dayOf(getModuleOwner().environment.wallMs())),
      );
    },
  },

  lifetimes: {
    attached() {
      this.open();
    },
    detached() {
      this.close();
    },
  },

  export() {
    return {
      start: (fileName: string) => this.withStore((store) => store.start(fileName)),
      pause: (fileName: string) => this.withStore((store) => store.pause(fileName)),
      resume: (fileName: string) => this.withStore((store) => store.resume(fileName)),
      /** Ends it, and deletes what is there. */
      cancel: (fileName: string) => this.withStore((store) => store.cancel(fileName)),
      /** A finished film into the album, FLV as MP4; events say how it went. */
      saveToAlbum: (fileName: string) => this.withStore((store) => store.saveToAlbum(fileName)),
    };
  },

  methods: {
    open() {
      const key = cameraKey(this.data);
      const { download } = instanceOf(this);
      if (download && download.key === key) return;
      this.close();
      const store = new DownloadStore({
        owner: getModuleOwner(),
        target: cameraOf(this.data),
        channel: this.data.channel,
        locale: localeOf(this.data),
        day: parseDay(this.data.date),
        files: wxFileStore,
        records: wxContentRecords,
        media: wxFiles,
        album: wxAlbum,
        permission: wxPermission,
        folder: wx.env.USER_DATA_PATH,
        emit: ({ name, detail }) => this.triggerEvent(name, detail),
      });
      const unbind = bindStore(this, store, {
        rows: ({ rows }) => rows,
        days: ({ dayView }) => dayView,
        message: ({ message }) => message,
        retryText: ({ listing, locale }) => (listing === 'failed' ? locale.text('action.retry') : ''),
      });
      instanceOf(this).download = { store, unbind, key };
    },

    close() {
      const { download } = instanceOf(this);
      if (!download) return;
      instanceOf(this).download = null;
      download.unbind();
      download.store.destroy();
    },

    withStore(use: (store: DownloadStore) => void) {
      const { download } = instanceOf(this);
      if (download) use(download.store);
    },

    onActionTap(event: WechatMiniprogram.CustomEvent) {
      const fileName = fileOf(event);
      switch (event.currentTarget.dataset['action'] as DownloadRow['action']) {
        case 'pause':
          return this.withStore((store) => store.pause(fileName));
        case 'save':
          return this.withStore((store) => store.saveToAlbum(fileName));
        case 'settings':
          return this.withStore((store) => store.openSettings(fileName));
        case 'resume':
          // What an earlier run of the app left is not in the queue yet.
          return this.withStore((store) => {
            store.start(fileName);
            store.resume(fileName);
          });
        default:
          return this.withStore((store) => store.start(fileName));
      }
    },

    onCancelTap(event: WechatMiniprogram.CustomEvent) {
      this.withStore((store) => store.cancel(fileOf(event)));
    },

    onDays(event: WechatMiniprogram.CustomEvent<object>) {
      this.withStore((store) => followDays(store.days, event));
    },

    onRetryTap() {
      this.withStore((store) => store.reload());
    },
  },
});
