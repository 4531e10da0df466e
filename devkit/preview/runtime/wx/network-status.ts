import { Listeners } from './listeners';
import { answer, type WxCallbacks } from './result';

interface Status {
  isConnected: boolean;
  networkType: string;
}

/** The phone's network as the mini program sees it; the preview's frame can change it. */
export class NetworkStatus {
  private status: Status = { isConnected: true, networkType: 'wifi' };
  private readonly changes = new Listeners<Status>();

  get isConnected(): boolean {
    return this.status.isConnected;
  }

  get networkType(): string {
    return this.status.networkType;
  }

  change(networkType: string): void {
    this.status = { isConnected: networkType !== 'none', networkType };
    this.changes.emit({ ...this.status });
  }

  api() {
    return {
      onNetworkStatusChange: this.changes.on,
      offNetworkStatusChange: this.changes.off,
      getNetworkType: (options?: WxCallbacks) =>
        answer('getNetworkType', options, () => ({ networkType: this.status.networkType })),
      getLocalIPAddress: (options?: WxCallbacks) =>
        answer('getLocalIPAddress', options, () => {
          if (!this.status.isConnected) throw new Error('no network');
          return { localip: '127.0.0.1', netmask: '255.0.0.0' };
        }),
    };
  }
}
