import { isDeepStrictEqual } from 'node:util';
import type { AgentConfig, CameraConfig } from '../camera/agent-config';
import type { RunningCamera } from './running-camera';

export interface CameraFleetOptions {
  /** Nothing of it runs yet. @throws Error that says what is wrong */
  open(camera: CameraConfig, config: AgentConfig): RunningCamera;
  /** Its xp2pInfos, or those of `names`, can be given away now. */
  onInfos(camera: RunningCamera, config: AgentConfig, names?: readonly string[]): void;
  /** What people have to know of a change. */
  say(text: string): void;
}

interface Member {
  config: CameraConfig;
  camera: RunningCamera;
}

/** The cameras of one process, and what becomes of them when their configuration changes. */
export class CameraFleet {
  private members: Member[];
  private isStopped = false;
  /** One change after the other. */
  private changing: Promise<void> = Promise.resolve();

  /** @throws Error, before anything runs */
  constructor(
    private config: AgentConfig,
    private readonly options: CameraFleetOptions,
  ) {
    this.members = config.cameras.map((each) => ({ config: each, camera: options.open(each, config) }));
  }

  get cameras(): RunningCamera[] {
    return this.members.map(({ camera }) => camera);
  }

  async start(): Promise<void> {
    for (const { camera } of this.members) {
      await camera.start();
      this.options.onInfos(camera, this.config);
    }
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.changing;
    await Promise.all(this.members.map(({ camera }) => camera.stop()));
  }

  /**
   * Runs what the configuration says now. Guests that it no longer lists are cut off at once; a camera that it no longer lists
   * ends; one that changed otherwise begins anew, with what it was before where that fails. Never rejects.
   */
  change(next: AgentConfig): Promise<void> {
    this.changing = this.changing.then(() => (this.isStopped ? undefined : this.apply(next)));
    return this.changing;
  }

  private async apply(next: AgentConfig): Promise<void> {
    const before = this.config;
    const isShared = !isDeepStrictEqual(sharedOf(before), sharedOf(next));
    if (before.healthPort !== next.healthPort) this.options.say('healthPort: takes a restart');
    this.config = next;
    const members: Member[] = [];
    // Who may no longer look is cut off before anything that takes time.
    const order = [...this.members].sort((a, b) => Number(isIn(a, next)) - Number(isIn(b, next)));
    for (const member of order) {
      const config = next.cameras.find(({ name }) => name === member.config.name);
      if (config === undefined) {
        await member.camera.stop();
        this.options.say(`${member.config.name}: is gone`);
      } else if (!isShared && isDeepStrictEqual(mainOf(config), mainOf(member.config))) {
        members.push(await this.regrant(member, config));
      } else {
        await member.camera.stop();
        const begun = (await this.begin(config, next)) ?? (await this.begin(member.config, before));
        if (begun !== null) members.push(begun);
      }
    }
    for (const config of next.cameras) {
      if (this.members.some((member) => member.config.name === config.name)) continue;
      const begun = await this.begin(config, next);
      if (begun !== null) members.push(begun);
    }
    this.members = members;
    this.options.say('the configuration was read again');
  }

  private async regrant(member: Member, config: CameraConfig): Promise<Member> {
    try {
      const names = await member.camera.setGrants(config);
      if (names.length > 0) this.options.onInfos(member.camera, this.config, names);
      return { ...member, config };
    } catch (error) {
      this.options.say(`${config.name}: ${messageOf(error)}`);
      return member;
    }
  }

  /** Null when it cannot run; why is told. */
  private async begin(config: CameraConfig, agent: AgentConfig): Promise<Member | null> {
    let camera: RunningCamera | null = null;
    try {
      camera = this.options.open(config, agent);
      await camera.start();
      this.options.onInfos(camera, agent);
      return { config, camera };
    } catch (error) {
      this.options.say(`${config.name}: ${messageOf(error)}`);
      await camera?.stop();
      return null;
    }
  }
}

const isIn = (member: Member, { cameras }: AgentConfig): boolean =>
  cameras.some((config) => isDeepStrictEqual(config, member.config));

/** What all cameras have in common. */
function sharedOf({ cameras: _cameras, healthPort: _healthPort, qr: _qr, ...shared }: AgentConfig): object {
  return shared;
}

/** A camera without whom it lets in. */
function mainOf({ grants: _grants, ...main }: CameraConfig): object {
  return main;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
