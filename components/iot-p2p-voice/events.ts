import type { VoiceEmissionMap } from '../../store/index';

/** Events of iot-p2p-voice. None bubbles; none comes after the component is detached. */
export type VoiceEventMap = VoiceEmissionMap;
