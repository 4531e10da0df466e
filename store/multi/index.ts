/** Several pictures at once. */
export { MultiStore } from './multi-store';
