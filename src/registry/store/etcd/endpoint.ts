import type { CallOptions, Interceptor } from '@grpc/grpc-js';
import { InterceptingCall } from '@grpc/grpc-js';
import { noop } from 'cockatiel';
import { Etcd3 } from 'etcd3';
import type { Clock } from '../../../base/clock';
import type { EtcdSettings } from './settings';
import { limits } from './settings';

/** Asks a member that is cut off from its leader to say so, instead of being silent. */
const requireLeader: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, listener, next) {
      metadata.set('hasleader', 'true');
      next(metadata, listener);
    },
  });

/**
 * One etcd3 client per endpoint, used as a transport only: kv, leaseClient, maintenance and raw streams.
 * Its own retries apply writes twice and its circuit breaker refuses everything after one large answer, so both are off.
 * Which endpoint is asked, and what is asked again, is decided in endpoints.ts.
 */
export function openEndpoint(address: string, { tls, auth }: EtcdSettings, clock: Clock): Etcd3 {
  return new Etcd3({
    hosts: `${tls ? 'https' : 'http'}://${address}`,
    ...(tls && { credentials: { rootCertificate: tls.ca, privateKey: tls.key ?? undefined, certChain: tls.cert ?? undefined } }),
    ...(auth && { auth }),
    faultHandling: { host: () => noop, global: noop },
    // The deadline here is for logging in, the one call that etcd3 makes by itself; all others bring their own.
    defaultCallOptions: ({ isStream }): CallOptions => ({
      interceptors: [requireLeader],
      ...(isStream ? {} : { deadline: clock.now() + limits.attempt }),
    }),
    grpcOptions: {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.keepalive_time_ms': limits.keepAliveTime,
      'grpc.keepalive_timeout_ms': limits.keepAliveTimeout,
      'grpc.keepalive_permit_without_calls': 1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      'grpc.enable_retries': 0,
    },
  });
}
