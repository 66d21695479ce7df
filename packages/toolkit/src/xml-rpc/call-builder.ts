import { mayHold, mayHoldText } from './elements.js';
import { badCall, FAULT } from './faults.js';
import { SCALARS } from './scalars.js';
import type { TokenHandlers } from './tokens.js';
import type { Value } from './value.js';

export interface MethodCall {
  readonly method: string;
  readonly params: readonly Value[];
}

/** An element that is open. */
interface Frame {
  readonly name: string;
  readonly parent: Frame | undefined;
  text: string;
  /** Child elements so far. */
  children: number;
  /** What the children were read as. */
  readonly values: Value[];
  /** Of `member`. */
  memberName: string | undefined;
  /** Of `struct`. */
  readonly members: Map<string, Value> | undefined;
}

/** Longest name of a method or member; longer than any that there is. */
const LONGEST_NAME = 1000;

/** Builds a call from its tokens: strict, without recursion. */
export class CallBuilder implements TokenHandlers {
  private top: Frame | undefined;
  private depth = 0;
  private method: string | undefined;
  private params: readonly Value[] = [];
  private done = false;

  constructor(private readonly deepest: number) {}

  open(name: string): void {
    if (this.depth >= this.deepest)
      throw badCall(FAULT.notXmlRpc, `The body has more than ${this.deepest} elements inside each other`);
    if (this.done || !mayHold(this.top?.name, this.top?.children ?? 0, name))
      throw badCall(FAULT.notXmlRpc, `An element${named(name)} may not stand ${placeOf(this.top)}`);
    if (this.top !== undefined) this.top.children += 1;
    const members = name === 'struct' ? new Map<string, Value>() : undefined;
    this.top = { name, parent: this.top, text: '', children: 0, values: [], memberName: undefined, members };
    this.depth += 1;
  }

  text(piece: string): void {
    const { top } = this;
    if (top !== undefined && mayHoldText(top.name) && top.children === 0) top.text += piece;
    else if (!isBlank(piece)) throw badCall(FAULT.notXmlRpc, `Text may not stand ${placeOf(top)}`);
  }

  close(name: string): void {
    const frame = this.top;
    if (frame?.name !== name)
      throw badCall(FAULT.notWellFormed, `A closing tag${named(name)} closes what is not open`);
    this.top = frame.parent;
    this.depth -= 1;
    if (this.top === undefined) this.done = true;
    this.finish(frame, this.top);
  }

  /** @throws HoldfastError `toolkit.request`: there was no call */
  result(): MethodCall {
    if (!this.done || this.method === undefined)
      throw badCall(FAULT.notXmlRpc, 'The body has no <methodCall> with a <methodName>');
    return { method: this.method, params: this.params };
  }

  private finish(frame: Frame, parent: Frame | undefined): void {
    switch (frame.name) {
      case 'methodName':
        this.method = nameIn(frame);
        break;
      case 'params':
        this.params = frame.values;
        break;
      case 'name':
        parent!.memberName = nameIn(frame);
        break;
      case 'member':
        addMember(parent!, frame);
        break;
      case 'methodCall':
        break;
      case 'array':
      case 'param':
        parent!.values.push(only(frame));
        break;
      case 'data':
        parent!.values.push(frame.values);
        break;
      case 'struct':
        parent!.values.push(frame.members!);
        break;
      case 'value':
        parent!.values.push(valueIn(frame));
        break;
      default:
        parent!.values.push(SCALARS.get(frame.name)!(frame.text));
    }
  }
}

function valueIn({ children, values, text }: Frame): Value {
  if (children === 0) return text;
  if (!isBlank(text)) throw badCall(FAULT.notXmlRpc, 'Text may not stand beside an element in <value>');
  return values[0]!;
}

function only({ name, values }: Frame): Value {
  const [value] = values;
  if (value === undefined) throw badCall(FAULT.notXmlRpc, `<${name}> is empty`);
  return value;
}

function addMember(struct: Frame, member: Frame): void {
  const { memberName } = member;
  if (memberName === undefined) throw badCall(FAULT.notXmlRpc, 'A <member> has no <name>');
  if (struct.members!.has(memberName))
    throw badCall(FAULT.notXmlRpc, `A struct has two members${named(memberName)}`);
  struct.members!.set(memberName, only(member));
}

function nameIn({ name, text }: Frame): string {
  if (text.length > LONGEST_NAME)
    throw badCall(FAULT.notXmlRpc, `<${name}> is longer than ${LONGEST_NAME} characters`);
  return name === 'methodName' ? text.trim() : text;
}

function placeOf(frame: Frame | undefined): string {
  return frame === undefined ? 'outside of <methodCall>' : `in <${frame.name}>`;
}

function isBlank(text: string): boolean {
  return !/[^ \t\n]/.test(text);
}

/** A name that the client sent, for a message; long ones are left out. */
function named(name: string): string {
  return name.length <= 40 ? ` ${JSON.stringify(name)}` : '';
}
