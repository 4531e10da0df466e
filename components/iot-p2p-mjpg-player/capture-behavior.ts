import { getModuleOwner } from '../../store/index';
import type { AlbumView, SnapshotResult } from '../../store/index';
import { AlbumStore } from '../../store/album/index';
import { bindStore } from '../common/bind-store';
import { localeOf } from '../common/camera-props';
import { wxAlbum } from '../common/wx-files';
import { wxPermission } from '../common/wx-permission';

/** Fields of the instance that are never rendered. Null before `attached` and after `detached`. */
interface Instance {
  capture: { store: AlbumStore; unbind: () => void } | null;
}

/** What the player has that this behavior is a part of. */
interface Player {
  data: { language: string; texts: object; savesToAlbum: boolean };
  dispatch(event: { type: 'stop' }): void;
  snapshot(): Promise<unknown>;
}

const instanceOf = (component: object): Instance => component as unknown as Instance;
const playerOf = (component: object): Player => component as unknown as Player;

/** Snapshots by a button, into the album where the host wants that, and their events. */
export const captureBehavior = Behavior({
  data: { capture: {} as Partial<AlbumView>, snapshotText: '', stopText: '' },

  observers: {
    'language, texts'() {
      const { capture } = instanceOf(this);
      if (capture) capture.store.setLocale(localeOf(playerOf(this).data));
    },
  },

  lifetimes: {
    attached() {
      const store = new AlbumStore({
        environment: getModuleOwner().environment,
        album: wxAlbum,
        permission: wxPermission,
        locale: localeOf(playerOf(this).data),
        savesToAlbum: () => playerOf(this).data.savesToAlbum,
        emit: ({ name, detail }) => this.triggerEvent(name, detail),
      });
      const unbind = bindStore(this, store, {
        capture: ({ view }) => view,
        snapshotText: ({ locale }) => locale.text('action.snapshot'),
        stopText: ({ locale }) => locale.text('action.stop'),
      });
      instanceOf(this).capture = { store, unbind };
    },

    detached() {
      const { capture } = instanceOf(this);
      instanceOf(this).capture = null;
      if (!capture) return;
      capture.unbind();
      capture.store.destroy();
    },
  },

  methods: {
    onSnapshotTaken({ tempImagePath, errMsg }: SnapshotResult) {
      if (errMsg !== '') return this.triggerEvent('snapshotError', { errMsg });
      this.triggerEvent('snapshot', { tempImagePath });
      const { capture } = instanceOf(this);
      if (capture) capture.store.save('image', tempImagePath);
    },

    /** The app learns of the picture, and of a failure, by an event. */
    onSnapshotTap() {
      playerOf(this)
        .snapshot()
        .catch(() => {});
    },

    onStopTap() {
      playerOf(this).dispatch({ type: 'stop' });
    },

    onCaptureSettingsTap() {
      const { capture } = instanceOf(this);
      if (capture) capture.store.openSettings();
    },
  },
});
