import type { Builtins } from '../types';
import { canvas } from './canvas';
import { contentBuiltins } from './content';
import { formBuiltins } from './form';
import { livePlayer } from './live-player';
import { livePusher } from './live-pusher';
import { scrollBuiltins } from './scroll';

/** Every native tag that the preview has, by name. */
export const builtins: Builtins = {
  ...contentBuiltins,
  ...formBuiltins,
  ...scrollBuiltins,
  canvas,
  'live-player': livePlayer,
  'live-pusher': livePusher,
};
