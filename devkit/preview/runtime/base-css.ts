/**
 * How native tags look before a page styles them. Without `display: block` the `wx-*` elements would be inline, overlap,
 * and steal each other's clicks. Colours and sizes follow WeChat's defaults.
 */
export const BASE_CSS = `
wx-page { display: block; position: relative; min-height: 100%; box-sizing: border-box; }
wx-page-body, wx-view, wx-cover-view, wx-scroll-view, wx-form, wx-swiper, wx-swiper-item, wx-navigator { display: block; }
wx-view, wx-cover-view, wx-scroll-view, wx-text, wx-button { -webkit-tap-highlight-color: transparent; }
wx-text { display: inline; white-space: pre-line; }
wx-label { display: inline; }
wx-scroll-view { position: relative; overflow: hidden; scrollbar-width: none; }
wx-swiper { display: flex; overflow-x: auto; scroll-snap-type: x mandatory; scrollbar-width: none; height: 150px; }
wx-swiper-item { flex: 0 0 100%; scroll-snap-align: start; overflow: hidden; }
wx-image, wx-cover-image { display: inline-block; overflow: hidden; width: 320px; height: 240px; }
wx-image > img, wx-cover-image > img { display: block; width: 100%; height: 100%; object-fit: fill; }
wx-cover-image { width: auto; height: auto; }
wx-button {
  display: block; position: relative; box-sizing: border-box; margin: 0 auto; padding: 0 14px; border-radius: 5px;
  font-size: 18px; line-height: 2.55; text-align: center; color: #000; background: #f8f8f8; cursor: pointer;
  user-select: none; outline-offset: 2px;
}
wx-button[type="primary"] { color: #fff; background: #07c160; }
wx-button[type="warn"] { color: #fff; background: #e64340; }
wx-button[size="mini"] { display: inline-block; font-size: 13px; line-height: 2.3; padding: 0 1.34em; }
wx-button[plain] { background: transparent; border: 1px solid currentColor; }
wx-button[disabled] { opacity: .5; pointer-events: none; }
wx-button:active { filter: brightness(.92); }
wx-input, wx-textarea { display: block; cursor: text; min-height: 1.4em; }
wx-input > input, wx-textarea > textarea {
  display: block; width: 100%; box-sizing: border-box; padding: 0; border: 0; outline: 0; background: transparent;
  color: inherit; font: inherit; text-align: inherit;
}
wx-textarea { width: 300px; height: 150px; }
wx-textarea > textarea { height: 100%; resize: none; }
wx-slider { display: block; margin: 10px 18px; }
wx-slider > input { display: block; width: 100%; margin: 0; accent-color: #07c160; }
wx-switch { display: inline-block; vertical-align: middle; }
wx-switch > input { width: 20px; height: 20px; accent-color: #07c160; }
wx-progress, wx-progress > progress { display: block; width: 100%; accent-color: #07c160; }
wx-canvas { display: block; width: 300px; height: 150px; }
wx-canvas > canvas { display: block; width: 100%; height: 100%; }
wx-picker { display: block; position: relative; }
wx-picker > select { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer; }
wx-live-player { display: block; position: relative; overflow: hidden; width: 300px; height: 225px; background: #000;
  container-type: size; }
wx-live-player > video { display: block; position: absolute; inset: 0; width: 100%; height: 100%; }
wx-live-pusher { display: block; position: relative; overflow: hidden; background: #000; }
wx-live-pusher > video { display: block; position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
wx-live-player > video.wx-rotated {
  inset: 50% auto auto 50%; width: 100cqh; height: 100cqw; transform: translate(-50%, -50%) rotate(-90deg);
}
wx-live-player > button.wx-unmute {
  position: absolute; z-index: 2; right: 10px; top: 10px; padding: 6px 12px; border: 0; border-radius: 16px;
  font: 500 12px system-ui, sans-serif; color: #fff; background: rgba(0, 0, 0, .62); cursor: pointer;
}
`;
