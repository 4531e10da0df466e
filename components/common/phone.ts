/** The language that WeChat runs in, as it names it (`zh_CN`, `en`…). */
export function phoneLanguage(): string {
  // Base libraries below 2.20.1 lack getAppBaseInfo.
  const info = typeof wx.getAppBaseInfo === 'function' ? wx.getAppBaseInfo() : wx.getSystemInfoSync();
  return info.language || '';
}

/** Pixels of the screen for one of the page. */
export function pixelRatio(): number {
  // As above: below 2.20.1 there is only the call that newer ones warn of.
  const info = typeof wx.getWindowInfo === 'function' ? wx.getWindowInfo() : wx.getSystemInfoSync();
  return info.pixelRatio || 1;
}
