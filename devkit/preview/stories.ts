/** One entry of `examples/stories.js`. */
export interface Story {
  id: string;
  page: string;
  /** Name of the component that it shows, e.g. `iot-p2p-player-ipc`; none for a page that shows no single one. */
  component?: string;
  /** What the page takes from its query. */
  needs: ('xp2pInfo' | 'flvUrl')[];
  group: Localized;
  title: Localized;
  about: Localized;
  /** Data of the page that the frame can change, and that the page takes from its query; beside what `component` has. */
  knobs?: Knob[];
  /** Ids of faults that are there from the start. */
  faults?: string[];
}

export interface Room {
  flvUrl: string;
  /** A secret, which lets its holder share the stream; '' where nobody does. */
  swarmToken: string;
  signalingUrl: string;
}

export interface Knob {
  /** Of the page's data. */
  name: string;
  /** The choices; without them it is true or false. */
  values?: string[];
  value: string;
}

/** One property of a component, as a knob turns it. */
export interface Property {
  name: string;
  kind: 'boolean' | 'number' | 'text' | 'json';
  /** The default, as text. */
  value: string;
  choices?: string[];
  /** What its comment says. */
  about: string;
}

/** One file of a story's page. */
export interface SourceFile {
  name: string;
  text: string;
  /** The same, coloured. */
  html: string;
}

export type Language = 'zh' | 'en';
export type Localized = Record<Language, string>;

/** What the server tells its own pages, and nobody else. */
export interface PreviewConfig {
  stories: Story[];
  /** By name of the component. */
  properties: Record<string, Property[]>;
  /** A secret: whoever has it may view the camera. */
  xp2pInfo: string;
  /** A stream of many viewers, for stories that need `flvUrl`; null where there is none. */
  room: Room | null;
  /** Opens UDP sockets and makes things fail. */
  token: string;
  /** Ids of the faults that this preview can make. */
  faults: string[];
}

/** From the phone to the frame around it. */
export type PhoneMessage =
  | { kind: 'event'; component: string; name: string; detail: string }
  | { kind: 'log'; level: LogLevel; text: string }
  /** Property values of the story's component, once it is on the page. */
  | { kind: 'properties'; values: Record<string, string> }
  | { kind: 'ready' };

export type LogLevel = 'debug' | 'log' | 'info' | 'warn' | 'error';

/** From the frame to the phone. */
export type FrameCommand =
  | { kind: 'network'; networkType: string }
  | { kind: 'foreground'; isForeground: boolean }
  | { kind: 'fault'; id: string }
  | { kind: 'knob'; name: string; value: string };
