import type { Host } from '../host';
import { Listeners } from './listeners';

/** Whether the mini program is in sight: page and app lifetimes, and `wx.onAppShow` / `wx.onAppHide`. */
export class AppVisibility {
  private readonly shows = new Listeners<object>();
  private readonly hides = new Listeners<object>();
  private isForeground = true;

  constructor(private readonly host: Pick<Host, 'setForeground'>) {}

  change(isForeground: boolean): void {
    if (isForeground === this.isForeground) return;
    this.isForeground = isForeground;
    this.host.setForeground(isForeground);
    if (isForeground) this.shows.emit({ path: '', query: {}, scene: 1001 });
    else this.hides.emit({});
  }

  api() {
    return {
      onAppShow: this.shows.on,
      offAppShow: this.shows.off,
      onAppHide: this.hides.on,
      offAppHide: this.hides.off,
    };
  }
}
