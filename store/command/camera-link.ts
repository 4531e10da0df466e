import type { ErrorResult } from '../../p2p-core/index';
import type { ModuleOwner } from '../module-owner';
import type { SessionLease, SessionTarget } from '../session/p2p-session';
import { CommandClient } from './command-client';
import type { SendOptions } from './command-client';
import { DeviceCommands } from './device-commands';

/** A camera as a feature of it sees it: whether its link is there, and commands over it. Players share the link. */
export class CameraLink {
  readonly client: CommandClient;
  readonly commands: DeviceCommands;
  /** A talk over this link sends more than the path takes, or has caught up. Modules other than ours do not tell. */
  onWaterMark: ((isHigh: boolean) => void) | null = null;
  private readonly lease: SessionLease;
  private isOpen = true;

  /** @param onChange null when requests may go out, else why not; not before the constructor returned, nor after `release` */
  constructor(
    owner: ModuleOwner,
    target: SessionTarget,
    options: SendOptions,
    onChange: (error: ErrorResult | null) => void,
  ) {
    this.lease = owner.sessions.acquire(target, (event) => {
      if (event.type === 'started') onChange(null);
      else if (event.type === 'waterMark') {
        if (this.onWaterMark !== null) this.onWaterMark(event.isHigh);
      } else if (event.type === 'failed' || event.type === 'disconnected') onChange(event.error);
    });
    const { id, module } = this.lease;
    const { environment, timeouts } = owner;
    this.client = new CommandClient({ id, module, environment, timeouts });
    this.commands = new DeviceCommands(this.client, options);
  }

  get id(): string {
    return this.lease.id;
  }

  get module(): SessionLease['module'] {
    return this.lease.module;
  }

  get isUp(): boolean {
    return this.isOpen && this.lease.state.phase === 'started';
  }

  /** Opens the link again after it was lost; nothing while it is there. */
  start(): void {
    this.lease.start();
  }

  /** Ends all that waits, and gives the link back. */
  release(): void {
    this.isOpen = false;
    this.client.close();
    this.lease.release();
  }
}
