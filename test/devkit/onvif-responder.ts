import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OnvifResponderOptions {
  user: string;
  password: string;
  /** What its clock is ahead of ours. */
  clockOffsetMs?: number;
  /** GetServices (since ONVIF 2.1), or only GetCapabilities as before. */
  hasServices?: boolean;
  /** Profile T: the second media service and no other. */
  isMedia2?: boolean;
  /** HTTP Digest instead of the token. */
  wantsDigest?: boolean;
  /** Whose address it says it has: its own on the other side of a forwarded port. */
  toldHost?: string;
  streamUri?: string;
}

/**
 * The camera's side of ONVIF, as far as the agent asks for it, by the public WSDL (device, media, media2 and ptz): what it
 * answers has other prefixes, comments and white space than requests have. Keeps what it was asked.
 */
export class OnvifResponder {
  readonly calls: string[] = [];
  presets = [
    { token: 'P-1', name: 'Gate' },
    { token: 'P-2', name: 'Preset 3' },
  ];
  /** Answers what is not understood, until it is true again. */
  isSound = true;
  private readonly server = http.createServer((request, response) => void this.serve(request, response));
  private port = 0;

  constructor(private readonly options: OnvifResponderOptions) {}

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    return `http://${this.options.user}:${encodeURIComponent(this.options.password)}@127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request) text += String(piece);
    const action = /<s:Body><(\w+) xmlns="([^"]+)"/.exec(text);
    const name = action?.[1] ?? '';
    const isKnown = this.paths().some(
      ([path, namespace]) => path === request.url && namespace === action?.[2],
    );
    if (!this.isSound) return void response.writeHead(200).end('<html>not now</html>');
    if (!isKnown) return this.fault(response, 400, 'ter:ActionNotSupported', `no ${name} at ${request.url}`);
    const isPublic = name === 'GetSystemDateAndTime';
    if (!isPublic && this.options.wantsDigest && !this.isDigestRight(request)) {
      const challenge = 'Digest realm="cam", qop="auth", nonce="abc", opaque="xyz", algorithm=MD5';
      return void response.writeHead(401, { 'www-authenticate': challenge }).end();
    }
    if (!isPublic && !this.options.wantsDigest && !this.isTokenRight(text)) {
      return this.fault(response, 400, 'ter:NotAuthorized', 'Sender not Authorized');
    }
    this.calls.push(`${name}${summary(text)}`);
    const body = this.answer(name, text);
    if (body === null) return this.fault(response, 500, 'ter:ActionNotSupported', `no ${name}`);
    response.writeHead(200, { 'content-type': 'application/soap+xml' }).end(envelope(body));
  }

  private paths(): string[][] {
    const media = this.options.isMedia2 ? ['/m2', 'http://www.onvif.org/ver20/media/wsdl'] : ['/m', MEDIA];
    return [['/onvif/device_service', DEVICE], media, ['/p', PTZ]];
  }

  private answer(name: string, text: string): string | null {
    const { isMedia2 = false, hasServices = true, toldHost = '127.0.0.1', clockOffsetMs = 0 } = this.options;
    const at = (path: string): string =>
      `http://${toldHost}:${toldHost === '127.0.0.1' ? this.port : 80}${path}`;
    const media = isMedia2 ? 'tr2' : 'trt';
    switch (name) {
      case 'GetSystemDateAndTime': {
        const date = new Date(Date.now() + clockOffsetMs);
        return `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>
          <tt:UTCDateTime><tt:Time><tt:Hour>${date.getUTCHours()}</tt:Hour><tt:Minute>${date.getUTCMinutes()}</tt:Minute>
          <tt:Second>${date.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${date.getUTCFullYear()}</tt:Year>
          <tt:Month>${date.getUTCMonth() + 1}</tt:Month><tt:Day>${date.getUTCDate()}</tt:Day></tt:Date></tt:UTCDateTime>
          </tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`;
      }
      case 'GetServices': {
        if (!hasServices) return null;
        const services = [...this.paths(), ['/other', 'http://www.onvif.org/ver20/imaging/wsdl']].map(
          ([path, namespace]) =>
            `<tds:Service><tds:Namespace>${namespace}</tds:Namespace><tds:XAddr>${at(path!)}</tds:XAddr></tds:Service>`,
        );
        return `<tds:GetServicesResponse>${services.join('<!-- next -->')}</tds:GetServicesResponse>`;
      }
      case 'GetCapabilities':
        return `<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Device><tt:XAddr>${at('/onvif/device_service')}</tt:XAddr></tt:Device>
          <tt:Media><tt:XAddr>${at('/m')}</tt:XAddr></tt:Media><tt:PTZ><tt:XAddr>${at('/p')}</tt:XAddr></tt:PTZ>
          </tds:Capabilities></tds:GetCapabilitiesResponse>`;
      case 'GetProfiles': {
        const ptz = isMedia2
          ? '<tr2:Configurations><tr2:PTZ token="z"/></tr2:Configurations>'
          : '<tt:PTZConfiguration token="z"><tt:Name>z</tt:Name></tt:PTZConfiguration>';
        return `<${media}:GetProfilesResponse><${media}:Profiles token="fixed &amp; wide" fixed="true"><tt:Name>a</tt:Name></${media}:Profiles>
          <${media}:Profiles token='turning'>${ptz}</${media}:Profiles></${media}:GetProfilesResponse>`;
      }
      case 'GetStreamUri': {
        const uri = this.options.streamUri ?? 'rtsp://192.0.2.7:554/live?ch=1&amp;token=5';
        return isMedia2
          ? `<tr2:GetStreamUriResponse><tr2:Uri>${uri}</tr2:Uri></tr2:GetStreamUriResponse>`
          : `<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri><![CDATA[${uri.replace(/&amp;/g, '&')}]]></tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>`;
      }
      case 'GetPresets':
        return `<tptz:GetPresetsResponse>${this.presets
          .map((each) => `<tptz:Preset token="${each.token}"><tt:Name>${each.name}</tt:Name></tptz:Preset>`)
          .join('\n')}</tptz:GetPresetsResponse>`;
      case 'SetPreset': {
        const token = /<PresetToken>(.*?)</.exec(text)?.[1] ?? `P-${this.presets.length + 1}`;
        const preset = { token, name: /<PresetName>(.*?)</.exec(text)?.[1] ?? '' };
        this.presets = [...this.presets.filter((each) => each.token !== token), preset];
        return `<tptz:SetPresetResponse><tptz:PresetToken>${token}</tptz:PresetToken></tptz:SetPresetResponse>`;
      }
      case 'ContinuousMove':
      case 'Stop':
      case 'GotoPreset':
        return `<tptz:${name}Response/>`;
      default:
        return null;
    }
  }

  /** The token as OASIS has it: this is no code of the agent. */
  private isTokenRight(text: string): boolean {
    const field = (name: string): string => new RegExp(`<${name}(?: [^>]*)?>([^<]*)<`).exec(text)?.[1] ?? '';
    const created = field('Created');
    const digest = createHash('sha1')
      .update(
        Buffer.concat([Buffer.from(field('Nonce'), 'base64'), Buffer.from(created + this.options.password)]),
      )
      .digest('base64');
    const ageMs = Date.now() + (this.options.clockOffsetMs ?? 0) - Date.parse(created);
    return (
      field('Username') === this.options.user && field('Password') === digest && Math.abs(ageMs) < 60_000
    );
  }

  private isDigestRight(request: http.IncomingMessage): boolean {
    const given = request.headers.authorization ?? '';
    const field = (name: string): string => new RegExp(`${name}="?([^",]+)`).exec(given)?.[1] ?? '';
    const md5 = (value: string): string => createHash('md5').update(value).digest('hex');
    const { user, password } = this.options;
    const [secret, what] = [md5(`${user}:cam:${password}`), md5(`POST:${request.url}`)];
    return field('response') === md5(`${secret}:abc:${field('nc')}:${field('cnonce')}:auth:${what}`);
  }

  private fault(response: http.ServerResponse, status: number, code: string, reason: string): void {
    response
      .writeHead(status, { 'content-type': 'application/soap+xml' })
      .end(
        envelope(
          `<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>${code}</env:Value></env:Subcode></env:Code>` +
            `<env:Reason><env:Text xml:lang="en">${reason}</env:Text></env:Reason></env:Fault>`,
        ),
      );
  }
}

const DEVICE = 'http://www.onvif.org/ver10/device/wsdl';
const MEDIA = 'http://www.onvif.org/ver10/media/wsdl';
const PTZ = 'http://www.onvif.org/ver20/ptz/wsdl';

function envelope(body: string): string {
  return `<?xml version="1.0"?>\n<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"><env:Body>\n${body}\n</env:Body></env:Envelope>`;
}

/** The fields that tests look at. */
function summary(text: string): string {
  const found = ['ProfileToken', 'PresetToken', 'PresetName', 'Timeout'].flatMap((name) => {
    const value = new RegExp(`<${name}>([^<]*)<`).exec(text)?.[1];
    return value === undefined ? [] : [value];
  });
  const pan = /<PanTilt [^>]*x="([^"]*)" y="([^"]*)"/.exec(text);
  const zoom = /<Zoom [^>]*x="([^"]*)"/.exec(text);
  if (pan) found.push(`pan ${pan[1]} tilt ${pan[2]}`);
  if (zoom) found.push(`zoom ${zoom[1]}`);
  return found.length === 0 ? '' : ` ${found.join(' ')}`;
}
