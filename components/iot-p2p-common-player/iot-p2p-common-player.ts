import { definePlayer } from '../common/player-component';
import { COMMON_PLAYER_PROPS } from './props';

definePlayer({ properties: COMMON_PLAYER_PROPS });
