import { type Address, formatAddress, parseAddress, PHONE_WIDTHS_PX } from '../address';
import type { ControlRequest } from '../faults/control';
import { type Fault, findFault } from '../faults/registry';
import type { FrameCommand, PhoneMessage, PreviewConfig, Story } from '../stories';
import { h } from './dom';
import { EventLog } from './event-log';
import { faultPanel } from './fault-panel';
import { type KnobPanel, knobPanel } from './knob-panel';
import { Meter } from './meter';
import { applyAddress, loadSettings, saveSettings, type Settings } from './settings';
import { sourcePanel } from './source-panel';
import { faultList, storyList } from './story-list';
import { type FrameText, frameText } from './text';

const PHONE_HEIGHT_PX = 812;
/** The rim of the phone, both sides. */
const RIM_PX = 22;
/** Toolbar, meter and margins. */
const AROUND_PHONE_PX = 116;
const TABS = ['phone', 'stories', 'faults', 'log'] as const;
type Tab = (typeof TABS)[number];

/** Wires the frame: stories at the left, the phone in the middle, its faults and events at the right. */
class Frame {
  private address: Address = parseAddress(location.hash);
  private settings: Settings = applyAddress(loadSettings(), this.address);
  private readonly active = new Set<string>();
  /** Of a deep link, for when the picture is there. */
  private waitingMoments: Fault[] = [];
  private phone = h<HTMLIFrameElement>('iframe.screen');
  private log!: EventLog;
  private meter!: Meter;
  private knobs: KnobPanel | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly config: PreviewConfig,
  ) {
    addEventListener('resize', () => this.fit());
    addEventListener('hashchange', () => void this.open());
    addEventListener('message', (event: MessageEvent<PhoneMessage>) => {
      if (event.origin === location.origin && event.source === this.phone.contentWindow)
        this.receive(event.data);
    });
  }

  /** Shows what the address says, from a world without faults but those that it names. */
  async open(): Promise<void> {
    this.address = parseAddress(location.hash);
    this.settings = applyAddress(this.settings, this.address);
    this.active.clear();
    this.waitingMoments = [];
    await this.control({ reset: true });
    for (const id of this.address.faults) {
      const fault = findFault(id);
      if (!fault || !this.config.faults.includes(id)) continue;
      if (fault.kind === 'moment') {
        this.waitingMoments.push(fault);
        continue;
      }
      this.active.add(id);
      if (fault.actor !== 'phone') await this.control({ fault: id, isOn: true });
    }
    this.render();
  }

  private get story(): Story | undefined {
    const { stories } = this.config;
    return stories.find(({ id }) => id === this.address.story) ?? stories[0];
  }

  private get text(): FrameText {
    return frameText(this.settings.language);
  }

  private render(): void {
    const { language, theme } = this.settings;
    const { text, story } = this;
    document.documentElement.dataset['theme'] = theme;
    document.documentElement.lang = language;
    document.title = `${story?.title[language] ?? text.preview} · iot-p2p-player`;
    this.log = new EventLog(text);
    this.meter = new Meter(text.buffered);
    delete this.root.dataset['ready'];
    this.showTab('phone');
    this.root.replaceChildren(
      this.side(),
      h(
        'main.stage',
        {},
        this.toolbar(),
        h('div.phone', {}, h('div.notch'), this.newPhone()),
        this.meter.element,
      ),
      h('aside.panels', {}, ...this.knobPanels(), this.faults(), ...this.source(), this.log.element),
      this.tabs(),
    );
    this.fit();
  }

  private side(): HTMLElement {
    const { language, theme } = this.settings;
    const { stories } = this.config;
    return h(
      'aside.side',
      {},
      h('h1', {}, h('span.logo'), 'iot-p2p-player'),
      h(
        'nav.stories',
        {},
        ...(stories.length > 0
          ? storyList(stories, language, this.story?.id ?? '')
          : [h('p.no-stories', {}, this.text.noStories)]),
        ...faultList(this.config.faults, this.text.faults, language),
      ),
      h(
        'footer',
        {},
        this.button(this.text.language, () => this.change({ language: language === 'zh' ? 'en' : 'zh' })),
        this.toggle(this.text.theme, theme === 'dark', () =>
          this.change({ theme: theme === 'dark' ? 'light' : 'dark' }),
        ),
        h<HTMLAnchorElement>(
          'a.docs',
          { href: language === 'zh' ? '/docs/index.zh-cn.html' : '/docs/', target: '_blank' },
          this.text.docs,
        ),
      ),
    );
  }

  private toolbar(): HTMLElement {
    const { text } = this;
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
    const width = h<HTMLSelectElement>(
      'select.width',
      { ariaLabel: text.width, onchange: () => this.resize({ widthPx: Number(width.value) }) },
      ...PHONE_WIDTHS_PX.map((px) => new Option(`${px} px`, String(px))),
    );
    width.value = String(this.settings.widthPx);
    const landscape = this.toggle(text.landscape, this.settings.isLandscape, () => {
      this.resize({ isLandscape: !this.settings.isLandscape });
      landscape.ariaPressed = String(this.settings.isLandscape);
    });
    landscape.classList.add('landscape');
    const reload = this.button('↻', () => this.render());
    reload.title = reload.ariaLabel = text.reload;
    return h('div.toolbar', {}, reload, width, landscape, network, background);
  }

  /** On a narrow screen one thing is shown at a time. */
  private tabs(): HTMLElement {
    const labels = {
      phone: this.text.preview,
      stories: this.text.stories,
      faults: this.text.faults,
      log: this.text.log,
    };
    const buttons = TABS.map((tab) => {
      const button = this.button(labels[tab], () => this.showTab(tab));
      button.dataset['tab'] = tab;
      return button;
    });
    return h('nav.tabs', {}, ...buttons);
  }

  private showTab(tab: Tab): void {
    this.root.dataset['tab'] = tab;
  }

  private source(): HTMLElement[] {
    const { story, text } = this;
    return story ? [sourcePanel(text.source, text.copy, story.id)] : [];
  }

  private knobPanels(): HTMLElement[] {
    const { component = '', knobs = [] } = this.story ?? {};
    const properties = this.config.properties[component] ?? [];
    this.knobs = null;
    if (knobs.length + properties.length === 0) return [];
    const onChange = (name: string, value: string): void => {
      this.address.knobs[name] = value;
      this.showAddress();
      this.send({ kind: 'knob', name, value });
    };
    const title = component === '' ? this.text.properties : component;
    this.knobs = knobPanel(title, properties, knobs, this.address.knobs, onChange);
    return [this.knobs.element];
  }

  private faults(): HTMLElement {
    return faultPanel({
      available: this.config.faults,
      language: this.settings.language,
      text: this.text,
      isOn: (id) => this.active.has(id),
      onSet: (fault, isOn) => void this.setFault(fault, isOn),
      onUndoAll: () => void this.undoAll(),
    });
  }

  private async setFault(fault: Fault, isOn: boolean): Promise<void> {
    if (fault.kind === 'toggle') {
      if (isOn) this.active.add(fault.id);
      else this.active.delete(fault.id);
      this.showAddress();
    }
    this.showFaults();
    this.showTab('phone');
    if (fault.actor !== 'phone') await this.control({ fault: fault.id, isOn });
    else if (fault.kind === 'moment') this.send({ kind: 'fault', id: fault.id });
    const isElsewhere = isOn && fault.story !== undefined && fault.story !== this.story?.id;
    if (isElsewhere) {
      this.address = { ...this.address, story: fault.story ?? '', knobs: {} };
      this.showAddress();
    }
    if (fault.needsRestart || isElsewhere) this.render();
  }

  private async undoAll(): Promise<void> {
    const needsRestart = [...this.active].some((id) => findFault(id)?.needsRestart);
    this.active.clear();
    this.showAddress();
    this.showFaults();
    await this.control({ reset: true });
    if (needsRestart) this.render();
  }

  private showFaults(): void {
    const old = this.root.querySelector('.faults');
    const list = old?.querySelector('.fault-list');
    const next = this.faults();
    old?.replaceWith(next);
    next.querySelector('.fault-list')?.scrollTo({ top: list?.scrollTop ?? 0 });
  }

  /** What is shown, as a link, without opening it anew. */
  private showAddress(): void {
    this.address.faults = [...this.active];
    this.address.story = this.story?.id ?? '';
    history.replaceState(null, '', formatAddress(this.address));
  }

  private async control(body: ControlRequest): Promise<void> {
    const response = await fetch('/control', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-preview-token': this.config.token },
      body: JSON.stringify(body),
    });
    if (!response.ok && this.log)
      this.log.add({ kind: 'log', level: 'error', text: this.text.controlFailed });
  }

  /** A story starts from nothing: new document, new mini program. */
  private newPhone(): HTMLIFrameElement {
    const { language, theme } = this.settings;
    const query = new URLSearchParams({ lang: language, theme });
    if (this.active.size > 0) query.set('faults', [...this.active].join());
    this.phone = h<HTMLIFrameElement>('iframe.screen', {
      title: 'phone',
      allow: 'autoplay; clipboard-write; microphone; camera',
      src: `/phone.html?${query}${formatAddress({ ...this.address, story: this.story?.id ?? '' })}`,
    });
    return this.phone;
  }

  /** The whole phone is always in sight: on a small screen it shrinks. */
  private fit(): void {
    const stage = this.root.querySelector<HTMLElement>('.stage');
    const phone = this.root.querySelector<HTMLElement>('.phone');
    if (!stage || !phone) return;
    const { widthPx, isLandscape } = this.settings;
    const [width, height] = isLandscape ? [PHONE_HEIGHT_PX, widthPx] : [widthPx, PHONE_HEIGHT_PX];
    phone.classList.toggle('lying', isLandscape);
    this.phone.style.width = `${width}px`;
    this.phone.style.height = `${height}px`;
    const room = Math.min(
      (stage.clientHeight - AROUND_PHONE_PX) / (height + RIM_PX),
      (stage.clientWidth - 32) / (width + RIM_PX),
    );
    phone.style.zoom = String(Math.max(0.4, Math.min(1, room)));
  }

  private resize(settings: Partial<Settings>): void {
    this.settings = { ...this.settings, ...settings };
    saveSettings(this.settings);
    this.fit();
  }

  private receive(message: PhoneMessage): void {
    if (message.kind === 'ready') {
      this.root.dataset['ready'] = 'true';
    } else if (message.kind === 'properties') {
      this.knobs?.show(message.values);
    } else if (message.kind === 'event' && /^netstatus$/i.test(message.name)) {
      // Once a second: numbers to watch, not lines to read.
      this.meter.show(message.detail);
    } else {
      this.log.add(message);
      if (message.kind === 'event' && message.name === 'playStart') {
        for (const fault of this.waitingMoments.splice(0)) void this.setFault(fault, true);
      }
    }
  }

  private send(command: FrameCommand): void {
    this.phone.contentWindow?.postMessage(command, location.origin);
  }

  private change(settings: Partial<Settings>): void {
    this.settings = { ...this.settings, ...settings };
    delete this.address.language;
    delete this.address.theme;
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
  await new Frame(document.getElementById('frame') as HTMLElement, config).open();
}

void start();
