import type { Host } from '../runtime/host';

export interface Shell {
  /** Where pages go. */
  pages: HTMLElement;
  /** Above the pages: toasts and modals. */
  overlay: HTMLElement;
  setTitle(title: string): void;
  /** Another app, or the mini program, is on the screen. */
  setForeground(isForeground: boolean): void;
  follow(host: Host, window: Record<string, string>): void;
}

/**
 * The phone's screen around the pages: status bar, navigation bar, home indicator. Pages share one style scope with it, hence
 * the prefix of its classes.
 */
export function buildShell(root: HTMLElement): Shell {
  root.innerHTML = `
    <div class="pv-status"><span class="pv-clock"></span><span class="pv-icons">
      <svg viewBox="0 0 18 12" width="18" height="12"><path d="M0 8h3v4H0zM5 5h3v7H5zM10 2.5h3V12h-3zM15 0h3v12h-3z"/></svg>
      <svg viewBox="0 0 26 12" width="26" height="12"><rect x=".5" y=".5" width="22" height="11" rx="3" fill="none"
        stroke="currentColor" opacity=".4"/><rect x="2" y="2" width="17" height="8" rx="1.6"/><path d="M24 4v4c1-.4 1.5-1 1.5-2S25 4.4 24 4z"
        opacity=".5"/></svg></span></div>
    <div class="pv-navigation"><button class="pv-back" aria-label="back" hidden>
      <svg viewBox="0 0 12 20" width="11" height="18"><path d="M10.5 1.5 2 10l8.500 8.500" fill="none" stroke="currentColor"
        stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/></svg></button>
      <span class="pv-title"></span><span class="pv-capsule"><i></i><b></b></span></div>
    <div class="pv-pages"></div><div class="pv-overlay"></div><div class="pv-home"></div>`;
  const find = <T extends HTMLElement>(selector: string) => root.querySelector(selector) as T;
  const clock = find('.pv-clock');
  const title = find('.pv-title');
  const back = find<HTMLButtonElement>('.pv-back');

  const showTime = () => {
    clock.textContent = new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  };
  showTime();
  setInterval(showTime, 10_000);

  const setTitle = (text: string) => {
    title.textContent = text;
  };
  return {
    pages: find('.pv-pages'),
    overlay: find('.pv-overlay'),
    setTitle,
    setForeground(isForeground) {
      root.classList.toggle('pv-background', !isForeground);
    },
    follow({ router, main }, window) {
      back.onclick = () => router.api().navigateBack();
      router.onChange = () => {
        const page = router.top();
        if (!page) return;
        back.hidden = router.stack.length < 2;
        setTitle(main.json(page.path)?.navigationBarTitleText ?? window['navigationBarTitleText'] ?? '');
      };
    },
  };
}
