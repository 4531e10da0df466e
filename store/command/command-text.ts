/** Values of a command's parameters; `undefined` ones are left out. */
export type CommandParams = Readonly<Record<string, string | number | boolean | undefined>>;

/** `action=inner_define&channel=0&cmd=<cmd>&…`: a command that every camera of this kind knows. */
export function innerCommand(channel: number, cmd: string, params: CommandParams = {}): string {
  let text = `action=inner_define&channel=${channel}&cmd=${percentEncode(cmd)}`;
  for (const name of Object.keys(params)) {
    const value = params[name];
    if (value !== undefined) text += `&${percentEncode(name)}=${percentEncode(String(value))}`;
  }
  return text;
}

/** `action=user_define&channel=0&cmd=<JSON>`; null for what has no JSON (a function, a circle). */
export function userCommand(channel: number, message: unknown): string | null {
  let json: string | undefined;
  try {
    json = JSON.stringify(message);
  } catch {
    return null;
  }
  return json === undefined ? null : `action=user_define&channel=${channel}&cmd=${percentEncode(json)}`;
}

/** As encodeURIComponent, which throws on half a surrogate pair: with the `u` flag only such halves match. */
function percentEncode(text: string): string {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
}
