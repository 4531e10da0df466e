/** Talk. */
export { VoiceStore, isCall } from './voice-store';
