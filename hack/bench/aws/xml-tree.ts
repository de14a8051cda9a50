/** XML whose elements nest, as EC2 answers it: read to a tree, changed, and written again. */

import { escapeXml, unescapeXml } from './xml.ts';

export interface XmlElement {
  name: string;
  /** As written in the start tag, with the blank before it. */
  attributes: string;
  /** Of an element without children, unescaped. */
  text: string;
  children: XmlElement[];
}

const TAG = /<(\/?)([\w.:-]+)([^>]*?)(\/?)>|<\?[^>]*\?>/g;

/** The root element. Throws where the text is no XML. */
export function parseXml(document: string): XmlElement {
  const top = element('');
  const open = [top];
  let textFrom = 0;
  for (const match of document.matchAll(TAG)) {
    const [whole, closing, name, attributes = '', selfClosing] = match;
    const current = open.at(-1);
    if (current === undefined) break;
    if (name !== undefined && closing !== '') {
      if (current.children.length === 0) current.text = unescapeXml(document.slice(textFrom, match.index));
      open.pop();
    } else if (name !== undefined) {
      const child: XmlElement = { ...element(name), attributes };
      current.children.push(child);
      if (selfClosing === '') open.push(child);
    }
    textFrom = match.index + whole.length;
  }
  const [root] = top.children;
  if (root === undefined || open.length !== 1) throw new Error(`no XML: ${document.slice(0, 200)}`);
  return root;
}

export function writeXml({ name, attributes, text, children }: XmlElement): string {
  const inner = children.length > 0 ? children.map(writeXml).join('') : escapeXml(text);
  return inner === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${inner}</${name}>`;
}

/** A leaf with its text, or an element with its children. */
export function element(name: string, content: string | XmlElement[] = ''): XmlElement {
  const leaf = typeof content === 'string';
  return { name, attributes: '', text: leaf ? content : '', children: leaf ? [] : content };
}

export function childOf(parent: XmlElement | undefined, name: string): XmlElement | undefined {
  return parent?.children.find(child => child.name === name);
}

/** Text at the end of the path; '' where the path ends before. */
export function textAt(parent: XmlElement | undefined, ...path: string[]): string {
  let place = parent;
  for (const name of path) place = childOf(place, name);
  return place?.text ?? '';
}

/** The `<item>`s of a list: `itemsOf(root, 'vpcSet')`. */
export function itemsOf(parent: XmlElement | undefined, ...path: string[]): XmlElement[] {
  let place = parent;
  for (const name of path) place = childOf(place, name);
  return place?.children ?? [];
}

/** Puts the child in the place of that of its name, or behind the others. */
export function putChild(parent: XmlElement, child: XmlElement): void {
  const index = parent.children.findIndex(one => one.name === child.name);
  if (index < 0) parent.children.push(child);
  else parent.children[index] = child;
}

export function dropChild(parent: XmlElement, name: string): void {
  parent.children = parent.children.filter(child => child.name !== name);
}
