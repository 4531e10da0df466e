import type { Localized } from '../stories';

/** Where something breaks, in the order of the panel. */
export type FaultPlace = 'camera' | 'server' | 'network' | 'phone' | 'player' | 'features';

/** Who can break it: the process that runs the camera, the UDP bridge, or the page inside the phone. */
export type FaultActor = 'world' | 'bridge' | 'phone';

export interface Fault {
  id: string;
  place: FaultPlace;
  actor: FaultActor;
  /** Paragraph of the guide's FAQ that it shows; '' where the guide has none. */
  faq: string;
  title: Localized;
  /** What a user sees. */
  expect: Localized;
  /** `toggle` lasts until it is undone; `moment` happens and is over. */
  kind: 'toggle' | 'moment';
  /** Tells only at a start: the phone is opened anew when it is switched. */
  needsRestart?: boolean;
  /** Of a feature: the story that shows it, which is opened with it. */
  story?: string;
  /** What the error card must show while it lasts, or right after it; none: the picture goes on or comes back by itself. */
  errorCodes?: readonly string[];
}
