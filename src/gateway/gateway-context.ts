import type { Sweeper } from '../base/sweeper.ts';
import type { Settings } from '../config/options.ts';
import { acmeChallenge } from '../handlers/acme-challenge.ts';
import { healthPaths, nothingElse } from '../handlers/health.ts';
import type { Handler, Middleware } from '../http/exchange.ts';
import { compileTrust } from '../http/forwarded.ts';
import { accessLog } from '../middleware/access-log.ts';
import { accessFormatter } from '../telemetry/access-log.ts';
import type { ConnectionLimits, GatewayContext } from './context.ts';
import { FieldNames } from './field-names.ts';
import type { GatewayOptions } from './gateway-options.ts';
import type { Health } from './health.ts';
import { bodyBytesMaxOf } from './gateway-routes.ts';
import { serverTls } from './tls/site-tls.ts';
import type { TlsDoor } from './tls/tls-door.ts';
import { tlsGuard } from './tls/tls-guard.ts';
import { RequestIds } from './request-ids.ts';
import { type WebSocketLimits, WebSockets } from './websockets.ts';

/** Connections to the admin listeners. */
const ADMIN_CONNECTIONS_MAX = 128;

/** What all connections of a gateway share; `routes` answer what nobody else does. */
export function compileContext(
  options: GatewayOptions,
  routes: Handler,
  health: Health,
  sweeper: Sweeper,
  door: TlsDoor,
): GatewayContext {
  const { settings, accessFile, log, development } = options;
  const logAccess =
    accessFile === null
      ? null
      : {
          format: development?.lines ?? accessFormatter(settings.access_log_format),
          write: (line: string) => accessFile.line(line),
        };
  return {
    limits: limitsOf(settings, bodyBytesMaxOf(options)),
    handler: fold(routes, [
      // In front of everything: whatever host is asked, and whatever is done with plain HTTP else.
      acmeChallenge(options.challenges.tokens),
      // In front of the access log: probes come every few seconds, for ever.
      ...(settings.health_paths ? [healthPaths(health)] : []),
      ...(development === null ? [] : [development.endpoints]),
      ...(logAccess === null ? [] : [accessLog(logAccess.format, logAccess.write)]),
      ...tlsMiddleware(options, door),
      ...(development === null ? [] : [development.gate]),
    ]),
    developing: development !== null,
    trust: compileTrust([...settings.forwarded_allow_ips, 'unix']),
    proxySources: settings.proxy_protocol.length === 0 ? null : compileTrust(settings.proxy_protocol),
    serverHeader: settings.server_header,
    log,
    logAccess,
    ids: new RequestIds(),
    droppedNames: new FieldNames(log),
    sweeper,
    webSockets: new WebSockets(webSocketLimitsOf(settings), sweeper),
  };
}

/** Where nothing is encrypted, nothing of it costs anything. */
function tlsMiddleware(options: GatewayOptions, door: TlsDoor): readonly Middleware[] {
  const secure = options.listeners.some(({ tls, admin }) => tls && !admin);
  return [...(secure ? [tlsGuard] : []), ...serverTls({ ...options, door })];
}

/** Probes are few and small, and leave no trace in the access log. */
export function adminContext(context: GatewayContext, health: Health): GatewayContext {
  return {
    ...context,
    limits: {
      ...context.limits,
      bodyBytesMax: 0,
      connectionsMax: ADMIN_CONNECTIONS_MAX,
      connectionsPerClientMax: 0,
    },
    proxySources: null,
    handler: healthPaths(health)(nothingElse),
    logAccess: null,
  };
}

/** The first middleware is the outermost. */
function fold(handler: Handler, chain: readonly ((next: Handler) => Handler)[]): Handler {
  return chain.reduceRight((next, middleware) => middleware(next), handler);
}

function limitsOf(settings: Settings, bodyBytesMax: number): ConnectionLimits {
  return {
    head: {
      requestLineBytesMax: settings.request_line_bytes_max,
      headerBytesMax: settings.header_bytes_max,
      headerCountMax: settings.header_count_max,
    },
    bodyBytesMax,
    headerMs: settings.header_timeout * 1000,
    bodyMs: settings.body_timeout * 1000,
    bodyRateMin: settings.body_rate_min,
    bodyRateGraceMs: settings.body_rate_grace * 1000,
    keepAliveMs: settings.keepalive_timeout * 1000,
    keepAliveRequests: settings.keepalive_requests,
    writeMs: settings.write_timeout * 1000,
    responseHeadBytesMax: settings.response_header_bytes_max,
    connectionsMax: settings.connections_max,
    connectionsPerClientMax: settings.connections_per_client_max,
    http2StreamsMax: settings.http2_streams_max,
    cleartextHttp2: settings.http2_cleartext,
  };
}

function webSocketLimitsOf(settings: Settings): WebSocketLimits {
  return {
    messageBytesMax: settings.ws_max_size,
    pingMs: settings.ws_ping_interval * 1000,
    pongMs: settings.ws_ping_timeout === 0 ? Infinity : settings.ws_ping_timeout * 1000,
    deflate: settings.ws_per_message_deflate,
    deflateBytesMin: settings.ws_compression_min_bytes,
    connectionsMax: settings.ws_connections_max,
  };
}
