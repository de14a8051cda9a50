/** A spec and what the API server says of it; the sentence is undefined where it is valid. */
export interface Example {
  about: string;
  spec: object;
  says?: RegExp;
}
