import { answer, type WxCallbacks } from '../runtime/wx/result';
import type { Shell } from './shell';

interface ToastOptions extends WxCallbacks {
  title: string;
  icon?: 'success' | 'error' | 'loading' | 'none';
  duration?: number;
}

interface ModalOptions extends WxCallbacks {
  title?: string;
  content?: string;
  showCancel?: boolean;
  confirmText?: string;
  cancelText?: string;
}

const ICONS = { success: '✓', error: '✕', loading: '◌', none: '' };

/** Members of `wx` that show something over the page. */
export function createUiApi({ overlay, setTitle }: Shell) {
  let toast: HTMLElement | null = null;
  let toastTimer: ReturnType<typeof setTimeout> | undefined;

  const hideToast = () => {
    clearTimeout(toastTimer);
    toast?.remove();
    toast = null;
  };
  const show = ({ title, icon = 'success', duration = 1500 }: ToastOptions) => {
    hideToast();
    toast = element('div', 'toast', title);
    if (ICONS[icon]) toast.prepend(element('div', `toast-icon ${icon}`, ICONS[icon]));
    toast.setAttribute('role', 'status');
    overlay.append(toast);
    if (Number.isFinite(duration)) toastTimer = setTimeout(hideToast, duration);
  };

  return {
    showToast: (options: ToastOptions) =>
      answer('showToast', options, () => {
        show(options);
        return {};
      }),
    hideToast: (options?: WxCallbacks) =>
      answer('hideToast', options, () => {
        hideToast();
        return {};
      }),
    showLoading: (options: ToastOptions) =>
      answer('showLoading', options, () => {
        show({ ...options, icon: 'loading', duration: Infinity });
        return {};
      }),
    hideLoading: (options?: WxCallbacks) =>
      answer('hideLoading', options, () => {
        hideToast();
        return {};
      }),
    showModal: (options: ModalOptions) => answer('showModal', options, () => askModal(overlay, options)),
    setNavigationBarTitle: (options: WxCallbacks & { title: string }) =>
      answer('setNavigationBarTitle', options, () => {
        setTitle(options.title);
        return {};
      }),
    setClipboardData: (options: WxCallbacks & { data: string }) =>
      answer('setClipboardData', options, async () => {
        await navigator.clipboard.writeText(options.data);
        return {};
      }),
  };
}

/** Resolves when a button was pressed. */
export function askModal(
  overlay: HTMLElement,
  { title = '', content = '', showCancel = true, confirmText = '确定', cancelText = '取消' }: ModalOptions,
): Promise<{ confirm: boolean; cancel: boolean }> {
  return new Promise((resolve) => {
    const modal = element('div', 'modal');
    const box = element('div', 'modal-box');
    box.setAttribute('role', 'dialog');
    const buttons = element('div', 'modal-buttons');
    const addButton = (text: string, isConfirm: boolean) => {
      const button = element('button', isConfirm ? 'confirm' : 'cancel', text);
      button.onclick = () => {
        modal.remove();
        resolve({ confirm: isConfirm, cancel: !isConfirm });
      };
      buttons.append(button);
    };
    if (showCancel) addButton(cancelText, false);
    addButton(confirmText, true);
    if (title) box.append(element('div', 'modal-title', title));
    box.append(element('div', 'modal-content', content), buttons);
    modal.append(box);
    overlay.append(modal);
  });
}

function element(tag: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(tag);
  made.className = className.replace(/\S+/g, 'pv-$&');
  if (text) made.textContent = text;
  return made;
}
