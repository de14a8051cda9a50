import type { Agent as AnyAgent } from 'node:http';
import { Agent, type AgentOptions } from 'node:https';
import type { Credentials } from './credentials.ts';

/** Keep-alive connections of their own: watches never use up those of requests, and the lease waits for none of either. */
export interface Agents {
  requests: AnyAgent;
  watches: AnyAgent;
  lease: AnyAgent;
}

/**
 * Below the API server's own 90 s for idle connections (apiserver, IdleTimeout), so that we close first and no request
 * runs into a connection that is just being closed.
 */
const idleMs = 60_000;

const common: AgentOptions = { keepAlive: true, keepAliveMsecs: 30_000, timeout: idleMs, scheduling: 'lifo' };

/** Connections at once. Requests beyond it wait for a free one. */
const maxSockets = 32;

/** Gives the agents for these credentials: the same ones until a certificate's or key's bytes change. */
export function createAgentPool(): { agentsFor(credentials: Credentials): Agents; close(): void } {
  let known: Credentials['tls'] | undefined;
  let agents: Agents | undefined;
  return {
    agentsFor({ tls, proxyAgent }) {
      if (proxyAgent) return { requests: proxyAgent, watches: proxyAgent, lease: proxyAgent };
      if (agents && known && (tls === known || JSON.stringify(tls) === JSON.stringify(known))) {
        known = tls;
        return agents;
      }
      known = tls;
      // The former agents' requests run to their end; their idle connections close by themselves.
      agents = {
        requests: agentOf({ ...common, ...tls, maxSockets }),
        watches: agentOf({ ...common, ...tls }),
        lease: agentOf({ ...common, ...tls }),
      };
      return agents;
    },
    close() {
      agents?.requests.destroy();
      agents?.watches.destroy();
      agents?.lease.destroy();
      agents = undefined;
    },
  };
}

/**
 * An agent for one API server and one set of credentials: which of its connections may serve a request needs no look at them.
 * Node makes a text of all certificates for that, for each request anew (`https.Agent`, getName).
 */
function agentOf(options: AgentOptions): Agent {
  const agent = new Agent(options);
  agent.getName = ({ host, port } = {}) => `${host}:${port}`;
  return agent;
}
