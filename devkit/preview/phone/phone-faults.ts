import { localServer } from '../player/local-server';
import { type BrokenLivePlayer, livePlayers } from '../runtime/builtins/live-player';
import type { NetworkStatus } from '../runtime/wx/network-status';

export interface PhoneFaultsOptions {
  network: Pick<NetworkStatus, 'change' | 'networkType'>;
  setForeground(isForeground: boolean): void;
  /** Leaves every page and opens the story again. */
  reopen(): void;
}

/** The system takes its time to kill what runs in the background. */
const HIDDEN_MS = 1_200;
const KILL_AFTER_MS = 500;
const STALL_AFTER_MS = 300;
const LEAVE_AFTER_MS = 800;

/** The faults that happen inside the phone: of its system, the player plugin and `<live-player>`. */
export class PhoneFaults {
  constructor(private readonly options: PhoneFaultsOptions) {}

  run(id: string): void {
    const { network, setForeground, reopen } = this.options;
    switch (id) {
      case 'network-change':
        return network.change(network.networkType === '5g' ? 'wifi' : '5g');
      case 'network-change-stall':
        network.change(network.networkType === '5g' ? 'wifi' : '5g');
        return later(STALL_AFTER_MS, () => each((player) => player.interrupt('no data')));
      case 'app-hidden':
        setForeground(false);
        later(KILL_AFTER_MS, () => localServer.die({ isNoticed: false }));
        return later(HIDDEN_MS, () => setForeground(true));
      case 'local-server-error':
        return localServer.die({ isNoticed: true });
      case 'local-server-refuses':
        return localServer.die({ isNoticed: false });
      case 'leave-dirty':
        localServer.die({ isNoticed: true });
        return later(LEAVE_AFTER_MS, reopen);
      case 'player-2103':
        return each((player) => player.interrupt('the connection broke'));
      case 'player-2301':
        return each((player) => player.giveUp('the connection broke'));
      case 'play-ignored':
        return each((player) => player.ignoreNextPlay());
      case 'player-error':
        return localServer.failPlayers('PLAYER_ERROR', 'the player plugin failed');
      case 'live-player-error':
        return each((player) => player.failWith(-2, 'internal error'));
      case 'no-permission':
        return each((player) => player.failWith(10001, 'system permission denied'));
      default:
        throw new Error(`the phone has no fault ${id}`);
    }
  }
}

function each(act: (player: BrokenLivePlayer) => void): void {
  for (const player of [...livePlayers]) act(player);
}

function later(delayMs: number, run: () => void): void {
  setTimeout(run, delayMs);
}
