/** The language that WeChat runs in, as it names it (`zh_CN`, `en`…). */
export function phoneLanguage(): string {
  // Base libraries below 2.20.1 lack getAppBaseInfo.
  const info = typeof wx.getAppBaseInfo === 'function' ? wx.getAppBaseInfo() : wx.getSystemInfoSync();
  return info.language || '';
}
