/** 'zh' or 'en', by the language of WeChat. */
module.exports = function language() {
  const { language: name } = wx.getAppBaseInfo();
  return /^zh/i.test(name) ? 'zh' : 'en';
};
