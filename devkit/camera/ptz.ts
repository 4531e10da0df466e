import type { PtzAnswer, PtzPanel } from './ptz-panel';

/** Pan, tilt and zoom of the simulated camera, as the panel of Tencent's reference app drives it. */
export interface SimulatedPtzAnswer extends PtzAnswer {
  current_x: number;
  current_y: number;
  min_x: number;
  max_x: number;
  min_y: number;
  max_y: number;
  /** In tenths: 10 is the whole picture. */
  zoom: number;
}

interface Point {
  x: number;
  y: number;
  zoom: number;
}

const MIN: Point = { x: -90, y: -45, zoom: 10 };
const MAX: Point = { x: 90, y: 45, zoom: 40 };
const STEP = 15;
const ZOOM_STEP = 5;
const AXES = ['x', 'y', 'zoom'] as const;
const MAX_PRESETS = 16;
const RELEASE = 'ptz_release_pre';

/** The four of the reference app; the diagonals and the zoom are ours. */
const MOVES: Record<string, Partial<Point>> = {
  ptz_left_press: { x: -STEP },
  ptz_right_press: { x: STEP },
  ptz_up_press: { y: STEP },
  ptz_down_press: { y: -STEP },
  ptz_up_left_press: { x: -STEP, y: STEP },
  ptz_up_right_press: { x: STEP, y: STEP },
  ptz_down_left_press: { x: -STEP, y: -STEP },
  ptz_down_right_press: { x: STEP, y: -STEP },
  ptz_zoom_in_press: { zoom: ZOOM_STEP },
  ptz_zoom_out_press: { zoom: -ZOOM_STEP },
};

export class Ptz implements PtzPanel {
  private at: Point = { x: 0, y: 0, zoom: MIN.zoom };
  private isAtEnd = false;
  private readonly presets = new Map<number, Point>();

  /**
   * One step for each press; a release moves nothing. `ptz_preset_set` and `ptz_preset_goto` (ours) take `index`, 1 to 16.
   * `result` 1: unknown command, or no such preset.
   */
  command(name: unknown, index?: unknown): SimulatedPtzAnswer {
    const isDone = this.run(typeof name === 'string' ? name : '', index);
    const { x, y, zoom } = this.at;
    return {
      result: isDone ? 0 : 1,
      apex: this.isAtEnd ? 'yes' : 'no',
      current_x: x,
      current_y: y,
      min_x: MIN.x,
      max_x: MAX.x,
      min_y: MIN.y,
      max_y: MAX.y,
      zoom,
    };
  }

  private run(name: string, index: unknown): boolean {
    if (name === RELEASE) return true;
    // The form before JSON has no release: `ptz_left`, one step.
    const press = Object.hasOwn(MOVES, name) ? name : `${name}_press`;
    if (Object.hasOwn(MOVES, press)) {
      this.move(MOVES[press]!);
      return true;
    }
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 1 || index > MAX_PRESETS)
      return false;
    if (name === 'ptz_preset_set') {
      this.presets.set(index, { ...this.at });
      return true;
    }
    const preset = name === 'ptz_preset_goto' ? this.presets.get(index) : undefined;
    if (preset === undefined) return false;
    this.at = { ...preset };
    this.isAtEnd = false;
    return true;
  }

  private move(by: Partial<Point>): void {
    this.isAtEnd = false;
    for (const axis of AXES) {
      const step = by[axis];
      if (step === undefined) continue;
      this.at[axis] = Math.min(MAX[axis], Math.max(MIN[axis], this.at[axis] + step));
      if (this.at[axis] === (step > 0 ? MAX : MIN)[axis]) this.isAtEnd = true;
    }
  }
}
