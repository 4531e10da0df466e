/** A stream that its viewers share with each other. */
export { SwarmStore } from './swarm-store';
