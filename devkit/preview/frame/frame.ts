import type { FrameCommand, PhoneMessage, PreviewConfig, Story } from '../stories';
import { h } from './dom';
import { EventLog } from './event-log';
import { Meter } from './meter';
import { loadSettings, saveSettings, type Settings } from './settings';
import { storyList } from './story-list';
import { frameText } from './text';

const PHONE_HEIGHT_PX = 834;
/** Toolbar, meter and margins. */
const AROUND_PHONE_PX = 116;

/** Wires the frame: stories at the left, the phone in the middle, its events at the right. */
class Frame {
  private settings: Settings = loadSettings();
  private phone = h<HTMLIFrameElement>('iframe.screen');
  private log!: EventLog;
  private meter!: Meter;

  constructor(
    private readonly root: HTMLElement,
    private readonly stories: Story[],
  ) {
    addEventListener('resize', () => this.fit());
    addEventListener('hashchange', () => this.render());
    addEventListener('message', (event: MessageEvent<PhoneMessage>) => {
      if (event.origin === location.origin && event.source === this.phone.contentWindow)
        this.receive(event.data);
    });
    this.render();
  }

  private get story(): Story | undefined {
    return this.stories.find(({ id }) => id === location.hash.slice(1)) ?? this.stories[0];
  }

  private render(): void {
    const { language, theme } = this.settings;
    const text = frameText(language);
    document.documentElement.dataset['theme'] = theme;
    document.documentElement.lang = language;
    const story = this.story;
    document.title = `${story?.title[language] ?? text.preview} · iot-p2p-player`;
    this.log = new EventLog(text);
    this.meter = new Meter(text.buffered);
    this.root.replaceChildren(
      h(
        'aside.side',
        {},
        h('h1', {}, h('span.logo'), 'iot-p2p-player'),
        this.stories.length > 0
          ? storyList(this.stories, language, story?.id ?? '')
          : h('p.no-stories', {}, text.noStories),
        h(
          'footer',
          {},
          this.button(text.language, () => this.change({ language: language === 'zh' ? 'en' : 'zh' })),
          this.toggle(text.theme, theme === 'dark', () =>
            this.change({ theme: theme === 'dark' ? 'light' : 'dark' }),
          ),
        ),
      ),
      h(
        'main.stage',
        {},
        this.toolbar(),
        h('div.phone', {}, h('div.notch'), this.newPhone()),
        this.meter.element,
      ),
      this.log.element,
    );
    this.fit();
  }

  /** The whole phone is always in sight: on a low screen it shrinks. */
  private fit(): void {
    const stage = this.root.querySelector<HTMLElement>('.stage');
    const phone = this.root.querySelector<HTMLElement>('.phone');
    if (!stage || !phone) return;
    const room = (stage.clientHeight - AROUND_PHONE_PX) / PHONE_HEIGHT_PX;
    phone.style.zoom = String(Math.max(0.5, Math.min(1, room)));
  }

  private toolbar(): HTMLElement {
    const text = frameText(this.settings.language);
    const network = h<HTMLSelectElement>(
      'select',
      { ariaLabel: text.network, onchange: () => this.send({ kind: 'network', networkType: network.value }) },
      ...(['wifi', '5g', 'none'] as const).map((type) => new Option(text[type], type)),
    );
    let isForeground = true;
    const background = this.button(text.background, () => {
      isForeground = !isForeground;
      background.textContent = isForeground ? text.background : text.foreground;
      this.send({ kind: 'foreground', isForeground });
    });
    const reload = this.button(`↻ ${text.reload}`, () => this.render());
    return h('div.toolbar', {}, reload, h('label', {}, `${text.network} `, network), background);
  }

  /** A story starts from nothing: new document, new mini program. */
  private newPhone(): HTMLIFrameElement {
    const { language, theme } = this.settings;
    this.phone = h<HTMLIFrameElement>('iframe.screen', {
      title: 'phone',
      allow: 'autoplay; clipboard-write',
      src: `/phone.html?lang=${language}&theme=${theme}#${this.story?.id ?? ''}`,
    });
    return this.phone;
  }

  private receive(message: PhoneMessage): void {
    if (message.kind === 'ready') {
      this.root.dataset['ready'] = 'true';
    } else if (message.kind === 'event' && /^netstatus$/i.test(message.name)) {
      // Once a second: numbers to watch, not lines to read.
      this.meter.show(message.detail);
    } else {
      this.log.add(message);
    }
  }

  private send(command: FrameCommand): void {
    this.phone.contentWindow?.postMessage(command, location.origin);
  }

  private change(settings: Partial<Settings>): void {
    this.settings = { ...this.settings, ...settings };
    saveSettings(this.settings);
    this.render();
  }

  private button(label: string, onclick: () => void): HTMLButtonElement {
    return h<HTMLButtonElement>('button', { onclick }, label);
  }

  private toggle(label: string, isOn: boolean, onclick: () => void): HTMLButtonElement {
    const button = this.button(label, onclick);
    button.ariaPressed = String(isOn);
    return button;
  }
}

async function start(): Promise<void> {
  const config = (await (await fetch('/config.json')).json()) as PreviewConfig;
  new Frame(document.getElementById('frame') as HTMLElement, config.stories);
}

void start();
