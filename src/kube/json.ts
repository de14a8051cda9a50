/**
 * The API server reads what is applied as YAML (`application/apply-patch+yaml`), which takes JSON but for this: some characters
 * are refused where they stand for themselves, line ends of Unicode are folded, and half of a pair of surrogates is refused
 * also where it is escaped (YAML 1.1, "Character Set"; go-yaml, `yaml_parser_update_buffer` and `yaml_parser_scan_flow_scalar`).
 */
const UNREADABLE = /\\\\|\\ud[89a-f][0-9a-f]{2}|[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** JSON for readers of JSON and of YAML; half a pair of surrogates becomes U+FFFD. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value).replace(UNREADABLE, found => {
    if (found === '\\\\') return found;
    if (found.length > 1) return '\\ufffd';
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
