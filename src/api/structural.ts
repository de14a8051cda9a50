import { z } from 'zod';
import { celMatches, type Rule } from './rules.ts';

/** A structural schema (Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions"). */
export interface Structural {
  type?: string;
  description?: string;
  properties?: Record<string, Structural>;
  required?: string[];
  items?: Structural;
  additionalProperties?: Structural;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  default?: unknown;
  'x-kubernetes-validations'?: Rule[];
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-preserve-unknown-fields'?: true;
}

/** In the order in which they are written. */
const KEYWORDS = [
  'description',
  'type',
  'format',
  'enum',
  'default',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
] as const;

/** Words that say nothing more than zod checks again, or that a CEL rule on map keys says for the API server. */
const DROPPED = new Set(['$schema', 'propertyNames']);

interface Options {
  /** Closed sets of words in the status are open to the API server: an older CRD must not refuse a newer word. */
  openEnums?: boolean;
  /**
   * What may be empty below the schema's own level has one owner and is replaced as a whole. Kubernetes documentation,
   * "Server-Side Apply", merge strategy: a granular map or list whose last part its owner takes away becomes null, not
   * empty, which the API server then refuses, or takes for left out.
   */
  wholeEmpties?: boolean;
}

/**
 * The schema as the API server takes it.
 * @throws Error with the path where zod says something that a structural schema cannot.
 */
export function structural(schema: z.ZodType, options: Options = {}): Structural {
  const json = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' });
  return convert(json as Json, '', options);
}

type Json = Record<string, unknown>;

function convert(node: Json, path: string, options: Options): Structural {
  const fail = (why: string): never => {
    throw new Error(`${path || '(root)'}: ${why}`);
  };
  if (Object.keys(node).length === 0) return { 'x-kubernetes-preserve-unknown-fields': true };
  if (typeof node.type !== 'string') fail('has no type: unions have no structural form');

  const known: readonly string[] = KEYWORDS;
  const out: Record<string, unknown> = {};
  for (const [word, value] of Object.entries(node)) {
    if (DROPPED.has(word) || ['properties', 'required', 'items', 'additionalProperties'].includes(word))
      continue;
    if (!known.includes(word)) fail(`"${word}" is no word of a structural schema`);
    out[word] = value;
  }
  if (node.type === 'integer') out.format = 'int64';
  if (typeof node.pattern === 'string') {
    if (hasMessage(node, node.pattern)) delete out.pattern;
    else out.pattern = node.pattern.replaceAll('\\/', '/');
  }
  if (options.openEnums && Array.isArray(node.enum)) {
    delete out.enum;
    out.maxLength = 1024;
  }

  const result: Structural = {};
  for (const word of KEYWORDS) if (word in out) Object.assign(result, { [word]: out[word] });
  // The API server stores none that are empty, and who applies the same again would find a difference.
  if (isJson(node.properties) && Object.keys(node.properties).length > 0) {
    result.properties = {};
    for (const [name, property] of Object.entries(node.properties)) {
      result.properties[name] = convert(asJson(property), path === '' ? name : `${path}.${name}`, options);
    }
  }
  const isRequired = Array.isArray(node.required) && node.required.length > 0;
  if (isRequired) result.required = node.required as string[];
  else if (options.wholeEmpties && path !== '' && node.type === 'object')
    result['x-kubernetes-map-type'] = 'atomic';
  if (isJson(node.items)) result.items = convert(node.items, `${path}[]`, options);
  if (isJson(node.additionalProperties)) {
    const values = convert(node.additionalProperties, `${path}.*`, options);
    // A map of anything is an object of unknown fields.
    if (values['x-kubernetes-preserve-unknown-fields']) result['x-kubernetes-preserve-unknown-fields'] = true;
    else result.additionalProperties = values;
  }
  return result;
}

/** A CEL rule says the same, with a sentence; the bare pattern would only repeat it. */
function hasMessage(node: Json, pattern: string): boolean {
  const list = node['x-kubernetes-validations'];
  const rule = celMatches('self', new RegExp(pattern, 'u'));
  return Array.isArray(list) && list.some(one => isJson(one) && one.rule === rule);
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asJson(value: unknown): Json {
  if (!isJson(value)) throw new Error('not a schema');
  return value;
}
