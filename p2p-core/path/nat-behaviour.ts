/** How a NAT maps and filters (RFC 4787 §4.1, §5), asked of a server with two addresses (RFC 5780 §4.3, §4.4). Sans-IO. */
import { equalBytes } from '../bytes/concat';
import type { FillRandom } from '../port/port';
import { canonicalIp } from './ip-address';
import type { TransportAddress } from './ip-address';
import { StunAttribute, StunClass, StunMethod, TRANSACTION_ID_BYTES } from './stun-attributes';
import { StunBuilder } from './stun-builder';
import { parseStunMessage } from './stun-message';
import { CHANGE_IP, CHANGE_PORT } from './stun-server';
import type { OutgoingDatagram } from './types';

/** Whether it matters where a datagram goes to, or comes from. */
export type Dependence = 'independent' | 'address' | 'address-and-port';

export interface NatBehaviour {
  /** With anything but 'independent' the mapped address is of no use to a peer. */
  readonly mapping: Dependence;
  /** Who may send to a mapping that exists. */
  readonly filtering: Dependence;
}

export interface NatBehaviourOptions {
  /** The address that the server answered from. */
  server: TransportAddress;
  /** Its OTHER-ADDRESS: another address and another port. */
  other: TransportAddress;
  /** What the server saw of us. */
  mapped: TransportAddress;
  fillRandom: FillRandom;
  nowMs: number;
}

/** In this order: a test of the mapping opens the filter for the other address. */
type Step = 'filter-both' | 'filter-port' | 'map-address' | 'map-both';

const SENDS = 3;
const RESEND_MS = 300;
const STEP_MS = 1000;

export class NatBehaviourTest {
  /** Null until it is known. */
  result: NatBehaviour | null = null;
  private step: Step = 'filter-both';
  private filtering: Dependence = 'independent';
  private mappedByOther: TransportAddress | null = null;
  private id = new Uint8Array(TRANSACTION_ID_BYTES);
  private sendCount = 0;
  private stepStartMs: number;
  private isOver = false;

  constructor(private readonly options: NatBehaviourOptions) {
    this.stepStartMs = options.nowMs;
    options.fillRandom(this.id);
  }

  /** True when the message answers one of our requests. */
  receive(datagram: Uint8Array, nowMs: number): boolean {
    const message = this.isOver ? null : parseStunMessage(datagram);
    if (message === null || message.method !== StunMethod.Binding) return false;
    if (!equalBytes(message.transactionId, this.id)) return false;
    if (message.messageClass === StunClass.Success) this.onAnswer(message.xorMappedAddress, nowMs);
    // A server that does not know CHANGE-REQUEST says so: nothing can be found out.
    else if (message.messageClass === StunClass.Error) this.isOver = true;
    return true;
  }

  wake(nowMs: number): void {
    if (!this.isOver && nowMs >= this.stepStartMs + STEP_MS) this.onSilence(nowMs);
  }

  nextWakeMs(): number {
    if (this.isOver) return Infinity;
    return this.stepStartMs + (this.sendCount < SENDS ? this.sendCount * RESEND_MS : STEP_MS);
  }

  poll(nowMs: number): OutgoingDatagram | null {
    if (this.isOver || this.sendCount >= SENDS) return null;
    if (nowMs < this.stepStartMs + this.sendCount * RESEND_MS) return null;
    this.sendCount++;
    const { server, other } = this.options;
    const change = {
      'filter-both': CHANGE_IP | CHANGE_PORT,
      'filter-port': CHANGE_PORT,
      'map-address': 0,
      'map-both': 0,
    };
    const builder = new StunBuilder(StunClass.Request, this.id);
    if (change[this.step] !== 0) builder.u32(StunAttribute.ChangeRequest, change[this.step]);
    const address = this.step === 'map-address' || this.step === 'map-both' ? other.address : server.address;
    const port = this.step === 'map-both' ? other.port : server.port;
    return { bytes: builder.fingerprint().finish(), address, port };
  }

  private onAnswer(mapped: TransportAddress | null, nowMs: number): void {
    switch (this.step) {
      case 'filter-both':
        return this.next('map-address', nowMs);
      case 'filter-port':
        this.filtering = 'address';
        return this.next('map-address', nowMs);
      case 'map-address':
        if (isSame(mapped, this.options.mapped)) return this.finish('independent');
        this.mappedByOther = mapped;
        return this.next('map-both', nowMs);
      case 'map-both':
        return this.finish(isSame(mapped, this.mappedByOther) ? 'address' : 'address-and-port');
    }
  }

  private onSilence(nowMs: number): void {
    if (this.step === 'filter-both') return this.next('filter-port', nowMs);
    if (this.step === 'filter-port') {
      this.filtering = 'address-and-port';
      return this.next('map-address', nowMs);
    }
    // The other address does not answer: the mapping stays unknown.
    this.isOver = true;
  }

  private next(step: Step, nowMs: number): void {
    this.step = step;
    this.stepStartMs = nowMs;
    this.sendCount = 0;
    this.options.fillRandom(this.id);
  }

  private finish(mapping: Dependence): void {
    this.isOver = true;
    this.result = { mapping, filtering: this.filtering };
  }
}

function isSame(a: TransportAddress | null, b: TransportAddress | null): boolean {
  if (a === null || b === null) return false;
  return a.port === b.port && canonicalIp(a.address) === canonicalIp(b.address);
}
