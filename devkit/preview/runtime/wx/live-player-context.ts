import type { Caller } from '../types';
import { answer, type WxCallbacks } from './result';

/** Methods of a `<live-player>` that its context reaches. */
export interface LivePlayerMethods {
  play(): void;
  stop(): void;
  pause(): void;
  resume(): void;
  setMuted(isMuted: boolean): void;
  isMuted(): boolean;
  snapshot(): { tempImagePath: string; width: number; height: number };
}

/** `wx.createLivePlayerContext(id, this)`: looks the tag up at every call, since it may come and go by `wx:if`. */
export function livePlayerContext(id: string, within: Caller | undefined) {
  const player = (): LivePlayerMethods => {
    const node = within?._$.getShadowRoot()?.querySelector(`#${id}`) as
      { getMethodCaller?: () => unknown } | null | undefined;
    const methods = node?.getMethodCaller?.() as LivePlayerMethods | undefined;
    if (!methods) throw new Error(`live-player "${id}" is not found`);
    return methods;
  };
  const command =
    (name: string, run: (player: LivePlayerMethods) => object | void) => (options?: WxCallbacks) =>
      answer(name, options, () => run(player()) ?? {});
  return {
    play: command('play', (target) => target.play()),
    stop: command('stop', (target) => target.stop()),
    pause: command('pause', (target) => target.pause()),
    resume: command('resume', (target) => target.resume()),
    mute: command('mute', (target) => target.setMuted(!target.isMuted())),
    snapshot: command('snapshot', (target) => target.snapshot()),
  };
}
