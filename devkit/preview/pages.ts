import { escapeHtml } from '../docs/html';
import { type Diagnostic, formatDiagnostic } from './diagnostics';

const HEAD = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">`;

/** The frame: stories, phone, log. */
export const FRAME_PAGE = `${HEAD}
<title>iot-p2p-player · preview</title>
<link rel="stylesheet" href="/frame-style.css">
</head>
<body><div id="frame"></div><script src="/frame.js"></script></body>
</html>
`;

/** The screen of the phone. */
export const PHONE_PAGE = `${HEAD}
<title>phone</title>
<link rel="stylesheet" href="/phone-style.css">
</head>
<body><div id="phone"></div><script src="/phone.js"></script></body>
</html>
`;

/** Instead of the frame, when the mini program does not build. */
export function errorPage(diagnostics: readonly Diagnostic[]): string {
  const lines = diagnostics.map((diagnostic) => `<li>${escapeHtml(formatDiagnostic(diagnostic))}</li>`);
  return `${HEAD}
<title>The preview does not build</title>
<link rel="stylesheet" href="/error.css">
</head>
<body><main><h1>The preview does not build</h1>
<p>Mend what is listed here and reload this page.</p><ul>${lines.join('\n')}</ul></main></body>
</html>
`;
}

export const ERROR_STYLE = `
body { margin: 0; background: #16181d; color: #e6e8ec; font: 15px/1.6 system-ui, sans-serif; }
main { max-width: 900px; margin: 12vh auto; padding: 0 32px; }
h1 { margin: 0; font-size: 26px; color: #ff7b72; }
ul { margin: 24px 0; padding: 0; list-style: none; }
li { margin: 8px 0; padding: 12px 16px; border-left: 3px solid #ff7b72; background: #1f2229; font: 13px/1.6 ui-monospace, monospace;
  white-space: pre-wrap; word-break: break-word; }
`;
