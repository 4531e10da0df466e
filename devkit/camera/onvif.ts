import { createHash, randomBytes } from 'node:crypto';
import { splitLogin } from './http-auth';
import type { Login } from './http-auth';
import { httpCall } from './http-call';
import { descendants, escapeXml, parseXml, textOf } from './xml';
import type { XmlElement } from './xml';

/** Of the public WSDL (https://www.onvif.org/profiles/specifications/): what is asked, and in which service. */
const NAMESPACES = {
  device: 'http://www.onvif.org/ver10/device/wsdl',
  media: 'http://www.onvif.org/ver10/media/wsdl',
  media2: 'http://www.onvif.org/ver20/media/wsdl',
  ptz: 'http://www.onvif.org/ver20/ptz/wsdl',
} as const;
type Service = keyof typeof NAMESPACES;

export interface OnvifProfile {
  token: string;
  /** Whether it can be turned. */
  hasPtz: boolean;
}

export interface OnvifPreset {
  token: string;
  name: string;
}

const DEFAULT_PATH = '/onvif/device_service';
const MAX_ANSWER_BYTES = 1024 * 1024;
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';

/**
 * A camera that speaks ONVIF (Profile S or T): its profiles, where their streams are, and what turns it. Its services are asked
 * for at the first call, and again after one that failed. All reject with an Error whose message holds no secret.
 */
export class OnvifCamera {
  private readonly url: URL;
  private readonly login: Login | null;
  private connection: Promise<Connection> | null = null;

  /** `http://user:password@host[:port][/path]`. */
  constructor(
    text: string,
    private readonly wallMs: () => number,
  ) {
    ({ url: this.url, login: this.login } = splitLogin(text));
    if (this.url.pathname === '/') this.url.pathname = DEFAULT_PATH;
  }

  /** In the camera's order, which begins with the best picture. */
  profiles(): Promise<OnvifProfile[]> {
    return this.connected(async (connection) => {
      const service = connection.urls.has('media') ? 'media' : 'media2';
      const answer = await this.call(
        connection,
        service,
        'GetProfiles',
        service === 'media2' ? '<Type>All</Type>' : '',
      );
      const profiles = [...descendants(answer, 'Profiles')].map((profile) => ({
        token: profile.attributes.get('token') ?? '',
        hasPtz: profile.children.some(
          ({ name, children }) =>
            name === 'PTZConfiguration' ||
            (name === 'Configurations' && children.some((each) => each.name === 'PTZ')),
        ),
      }));
      return profiles.filter(({ token }) => token !== '');
    });
  }

  /** The RTSP address of a profile, with the login of this camera where it has none of its own. */
  streamUrl(profileToken: string): Promise<string> {
    return this.connected(async (connection) => {
      const token = `<ProfileToken>${escapeXml(profileToken)}</ProfileToken>`;
      const answer = connection.urls.has('media')
        ? await this.call(
            connection,
            'media',
            'GetStreamUri',
            `<StreamSetup><Stream xmlns="${SCHEMA}">RTP-Unicast</Stream><Transport xmlns="${SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>${token}`,
          )
        : await this.call(connection, 'media2', 'GetStreamUri', `<Protocol>RTSP</Protocol>${token}`);
      const text = textOf(answer, 'Uri') ?? '';
      if (!/^rtsps?:\/\//.test(text) || !URL.canParse(text)) throw new Error('it tells no RTSP address');
      const url = new URL(text);
      if (url.username === '' && this.login !== null) {
        url.username = encodeURIComponent(this.login.user);
        url.password = encodeURIComponent(this.login.password);
      }
      return url.href;
    });
  }

  /** `velocity` -1 to 1 each; the camera stops by itself after `timeoutMs` where it can. */
  async continuousMove(
    profileToken: string,
    { pan, tilt, zoom }: { pan: number; tilt: number; zoom: number },
    timeoutMs: number,
  ): Promise<void> {
    // Not both where one stands still: some cameras have no zoom, others no pan.
    const vectors = [
      pan !== 0 || tilt !== 0 ? `<PanTilt xmlns="${SCHEMA}" x="${pan}" y="${tilt}"/>` : '',
      zoom === 0 ? '' : `<Zoom xmlns="${SCHEMA}" x="${zoom}"/>`,
    ];
    const timeout = `<Timeout>PT${timeoutMs / 1000}S</Timeout>`;
    await this.ptz('ContinuousMove', profileToken, `<Velocity>${vectors.join('')}</Velocity>${timeout}`);
  }

  async stop(profileToken: string): Promise<void> {
    await this.ptz('Stop', profileToken, '<PanTilt>true</PanTilt><Zoom>true</Zoom>');
  }

  async presets(profileToken: string): Promise<OnvifPreset[]> {
    const answer = await this.ptz('GetPresets', profileToken, '');
    return [...descendants(answer, 'Preset')].map((preset) => ({
      token: preset.attributes.get('token') ?? '',
      name: textOf(preset, 'Name') ?? '',
    }));
  }

  async goToPreset(profileToken: string, presetToken: string): Promise<void> {
    await this.ptz('GotoPreset', profileToken, `<PresetToken>${escapeXml(presetToken)}</PresetToken>`);
  }

  /** Over the preset of `presetToken`, or a new one. */
  async setPreset(profileToken: string, name: string, presetToken: string | null): Promise<void> {
    const token = presetToken === null ? '' : `<PresetToken>${escapeXml(presetToken)}</PresetToken>`;
    await this.ptz('SetPreset', profileToken, `<PresetName>${escapeXml(name)}</PresetName>${token}`);
  }

  private ptz(action: string, profileToken: string, fields: string): Promise<XmlElement> {
    const body = `<ProfileToken>${escapeXml(profileToken)}</ProfileToken>${fields}`;
    return this.connected((connection) => this.call(connection, 'ptz', action, body));
  }

  private async connected<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = (this.connection ??= this.connect());
    try {
      return await use(await connection);
    } catch (error) {
      // It may have been restarted, with another clock, or other addresses.
      if (this.connection === connection) this.connection = null;
      throw error;
    }
  }

  private async connect(): Promise<Connection> {
    const connection: Connection = { clockOffsetMs: 0, urls: new Map([['device', this.url.href]]) };
    // A token is good for minutes by the camera's clock, which is often wrong; everybody may ask for it (Core 5.12.2.1).
    const date = await this.call(connection, 'device', 'GetSystemDateAndTime', '', false).catch(() => null);
    const cameraMs = date && utcOf(date);
    if (cameraMs !== null) connection.clockOffsetMs = cameraMs - this.wallMs();
    for (const [service, url] of await this.services(connection))
      connection.urls.set(service, this.reachable(url));
    return connection;
  }

  private async services(connection: Connection): Promise<[Service, string][]> {
    try {
      const fields = '<IncludeCapability>false</IncludeCapability>';
      const answer = await this.call(connection, 'device', 'GetServices', fields);
      return [...descendants(answer, 'Service')].flatMap((each) => {
        const namespace = textOf(each, 'Namespace');
        const service = (Object.keys(NAMESPACES) as Service[]).find((name) => NAMESPACES[name] === namespace);
        return service === undefined ? [] : [[service, textOf(each, 'XAddr') ?? '']];
      });
    } catch (error) {
      if (!(error instanceof OnvifFault) || error.isRefusal) throw error;
      // From before GetServices.
      const answer = await this.call(connection, 'device', 'GetCapabilities', '<Category>All</Category>');
      const found = (name: string): string =>
        textOf([...descendants(answer, name)][0] ?? answer, 'XAddr') ?? '';
      return [
        ['media', found('Media')],
        ['ptz', found('PTZ')],
      ];
    }
  }

  /** A camera behind a forwarded port tells the address that it has on the other side. */
  private reachable(text: string): string {
    if (!URL.canParse(text)) return text;
    const url = new URL(text);
    if (url.hostname !== this.url.hostname) {
      url.hostname = this.url.hostname;
      url.port = this.url.port;
    }
    return url.href;
  }

  private async call(
    { urls, clockOffsetMs }: Connection,
    service: Service,
    action: string,
    fields: string,
    isSigned = true,
  ): Promise<XmlElement> {
    const url = urls.get(service);
    if (url === undefined || !/^https?:/.test(url)) throw new Error(`it has no ${service} service`);
    const { login } = this;
    const header = login !== null && isSigned ? securityHeader(login, this.wallMs() + clockOffsetMs) : '';
    const namespace = NAMESPACES[service];
    const body = `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${SOAP}">${header}<s:Body><${action} xmlns="${namespace}">${fields}</${action}></s:Body></s:Envelope>`;
    const contentType = `application/soap+xml; charset=utf-8; action="${namespace}/${action}"`;
    const answer = await httpCall(withLogin(url, isSigned ? login : null), {
      body,
      headers: { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) },
      maxBytes: MAX_ANSWER_BYTES,
    });
    if (answer.status === 401) throw new OnvifFault('it refuses user or password (401)', true);
    const document = parseXml(answer.body);
    const [fault] = descendants(document, 'Fault');
    if (fault !== undefined) throw faultOf(fault);
    const [response] = descendants(document, `${action}Response`);
    if (answer.status !== 200 || response === undefined) {
      throw new Error(`it answers ${answer.status} to ${action}, in words that are not ONVIF`);
    }
    return response;
  }
}

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
const SCHEMA = 'http://www.onvif.org/ver10/schema';

interface Connection {
  /** What the camera's clock is ahead of ours. */
  clockOffsetMs: number;
  urls: Map<Service, string>;
}

/** The camera has understood, and says no. */
class OnvifFault extends Error {
  constructor(
    message: string,
    readonly isRefusal: boolean,
  ) {
    super(message);
  }
}

function faultOf(fault: XmlElement): OnvifFault {
  const codes = [...descendants(fault, 'Value')].map(({ text }) => text.trim());
  if (codes.some((code) => /NotAuthorized$|FailedAuthentication$/.test(code))) {
    return new OnvifFault('it refuses user or password', true);
  }
  const reason = textOf(fault, 'Text') ?? textOf(fault, 'faultstring') ?? codes.at(-1) ?? 'without a reason';
  return new OnvifFault(`it says no: ${reason.replace(/\s+/g, ' ').slice(0, 120)}`, false);
}

/** WS-Security UsernameToken Profile 1.1, PasswordDigest = Base64(SHA-1(nonce + created + password)). */
function securityHeader({ user, password }: Login, cameraMs: number): string {
  const nonce = randomBytes(16);
  const created = new Date(cameraMs).toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  return (
    `<s:Header><Security xmlns="${WSSE}-wssecurity-secext-1.0.xsd" s:mustUnderstand="1"><UsernameToken>` +
    `<Username>${escapeXml(user)}</Username>` +
    `<Password Type="${WSSE}-username-token-profile-1.0#PasswordDigest">${digest}</Password>` +
    `<Nonce EncodingType="${WSSE}-soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</Nonce>` +
    `<Created xmlns="${WSSE}-wssecurity-utility-1.0.xsd">${created}</Created>` +
    `</UsernameToken></Security></s:Header>`
  );
}

/** For HTTP Digest, which some cameras want instead of, or beside, the token. */
function withLogin(text: string, login: Login | null): string {
  if (login === null) return text;
  const url = new URL(text);
  url.username = encodeURIComponent(login.user);
  url.password = encodeURIComponent(login.password);
  return url.href;
}

function utcOf(answer: XmlElement): number | null {
  const [utc] = descendants(answer, 'UTCDateTime');
  if (utc === undefined) return null;
  const [year, month, day, hour, minute, second] = ['Year', 'Month', 'Day', 'Hour', 'Minute', 'Second'].map(
    (name) => Number(textOf(utc, name) ?? NaN),
  );
  const ms = Date.UTC(year!, month! - 1, day, hour, minute, second);
  return Number.isFinite(ms) ? ms : null;
}
