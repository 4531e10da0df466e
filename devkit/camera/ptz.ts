/** Pan and tilt of the simulated camera, as the panel of Tencent's reference app drives it. */
export interface PtzAnswer {
  result: 0 | 1;
  /** Whether the newest movement has come to the end of its axis. */
  apex: 'yes' | 'no';
  current_x: number;
  current_y: number;
  min_x: number;
  max_x: number;
  min_y: number;
  max_y: number;
}

const RANGE = { x: 90, y: 45 };
const STEP = 15;
const MOVES: Record<string, { x: number; y: number }> = {
  ptz_left_press: { x: -STEP, y: 0 },
  ptz_right_press: { x: STEP, y: 0 },
  ptz_up_press: { x: 0, y: STEP },
  ptz_down_press: { x: 0, y: -STEP },
  ptz_release_pre: { x: 0, y: 0 },
};

export class Ptz {
  private x = 0;
  private y = 0;
  private isAtEnd = false;

  /** One step for each press; the command of a release moves nothing. `result` 1: unknown command. */
  command(name: unknown): PtzAnswer {
    const move = typeof name === 'string' && Object.hasOwn(MOVES, name) ? MOVES[name] : undefined;
    if (move && (move.x !== 0 || move.y !== 0)) {
      this.x = clamp(this.x + move.x, RANGE.x);
      this.y = clamp(this.y + move.y, RANGE.y);
      const isAtEndOfX = move.x !== 0 && this.x === Math.sign(move.x) * RANGE.x;
      const isAtEndOfY = move.y !== 0 && this.y === Math.sign(move.y) * RANGE.y;
      this.isAtEnd = isAtEndOfX || isAtEndOfY;
    }
    return {
      result: move ? 0 : 1,
      apex: this.isAtEnd ? 'yes' : 'no',
      current_x: this.x,
      current_y: this.y,
      min_x: -RANGE.x,
      max_x: RANGE.x,
      min_y: -RANGE.y,
      max_y: RANGE.y,
    };
  }
}

function clamp(value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value));
}
