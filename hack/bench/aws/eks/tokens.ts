import type { EksCall } from './call.ts';
import { type Json, text } from './input.ts';

/**
 * Amazon EKS API Reference, clientRequestToken: "A unique, case-sensitive identifier that you provide to ensure the
 * idempotency of the request". The same request again is answered as it was, and nothing is made. What EKS says to the
 * same token with another request is not documented: it is judged by its name then, as without a token.
 */
export function repeated({ account, operation, input }: EksCall): Json | undefined {
  const token = text(input, 'clientRequestToken');
  if (token === undefined) return undefined;
  const known = account.tokens.get(`${operation} ${token}`);
  return known?.asked === JSON.stringify(input) ? known.answer() : undefined;
}

export function remember({ account, operation, input }: EksCall, answer: () => Json | undefined): void {
  const token = text(input, 'clientRequestToken');
  if (token !== undefined)
    account.tokens.set(`${operation} ${token}`, { asked: JSON.stringify(input), answer });
}
