/** Writes an outcome to the client's connection, or breaks it off where the outcome says so. */

import type { ServerResponse } from 'node:http';
import type { Answer } from './overlay.ts';
import type { Outcome } from './pipeline.ts';

export interface Reply {
  send(response: ServerResponse, method: string, outcome: Outcome): void;
  /** Resets every hanging call's connection. */
  cutHanging(): void;
}

function headersFor(answer: Answer, method: string): Record<string, string> {
  const bodiless = method === 'HEAD' || answer.status === 204 || answer.status === 304;
  return bodiless ? answer.headers : { ...answer.headers, 'content-length': String(answer.body.length) };
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

export function createReply(): Reply {
  const hanging = new Map<ServerResponse, NodeJS.Timeout | undefined>();

  function hang(response: ServerResponse, seconds: number | undefined): void {
    const end = () => {
      hanging.delete(response);
      reset(response);
    };
    hanging.set(response, seconds === undefined ? undefined : setTimeout(end, seconds * 1000));
    response.on('close', () => {
      clearTimeout(hanging.get(response));
      hanging.delete(response);
    });
  }

  function half(response: ServerResponse, method: string, answer: Answer): void {
    response.writeHead(answer.status, headersFor(answer, method));
    // An orderly close after the flush: a reset could discard what the client has not yet read.
    response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () =>
      response.socket?.destroy(),
    );
  }

  function send(response: ServerResponse, method: string, { answer, delivery, hangSeconds }: Outcome): void {
    const cuttable = method !== 'HEAD' && answer !== undefined && answer.body.length > 0;
    if (delivery === 'hang') {
      hang(response, hangSeconds);
    } else if (answer === undefined || delivery === 'reset' || (delivery === 'half' && !cuttable)) {
      reset(response);
    } else if (delivery === 'half') {
      half(response, method, answer);
    } else {
      response.writeHead(answer.status, headersFor(answer, method));
      response.end(method === 'HEAD' ? undefined : answer.body);
    }
  }

  function cutHanging(): void {
    for (const [response, timer] of hanging) {
      clearTimeout(timer);
      reset(response);
    }
    hanging.clear();
  }

  return { send, cutHanging };
}
