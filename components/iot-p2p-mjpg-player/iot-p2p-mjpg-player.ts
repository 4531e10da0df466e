import { DEFAULT_MJPG_URL } from '../../store/index';
import { definePlayer } from '../common/player-component';
import type { PlayerProps } from '../common/player-component';
import { captureBehavior } from './capture-behavior';
import { MJPG_PLAYER_PROPS } from './props';

definePlayer({
  properties: MJPG_PLAYER_PROPS as object as PlayerProps,
  defaultUrl: DEFAULT_MJPG_URL,
  behaviors: [captureBehavior],
});
