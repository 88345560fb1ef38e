// Mapping of STS, Cognito and exchange endpoint errors to actionable errors.
import { describeClockOffset, skewWorthTellingMs } from '../../core/access/credential-clock.ts';
import { type IdentityErrorCode, type RetryClass, SyncError } from '../../core/model/errors.ts';
import { redactText } from '../../core/redact.ts';

export type ServiceAnswer = {
  /** `AccessDenied`, `InvalidIdentityToken`, ...; `Unknown` for stores whose error body the SDK cannot read (Ceph). */
  readonly name: string;
  readonly message: string;
  /** `null` when no answer came at all. */
  readonly status: number | null;
};

type Mapped = { readonly code: IdentityErrorCode; readonly retry: RetryClass; readonly message: string };

const longestDetailChars = 300;
const longestNameChars = 80;
/** Of a message that may be as long as an answer, what is looked at: the patterns take more than linear time (S22). */
const longestReadChars = 1000;

/** `offsetMs`: the service's clock minus ours where known; a rejected token on a machine whose clock is off says so. */
export function mapServiceError(
  given: ServiceAnswer,
  context: { readonly service: string; readonly offsetMs: number | null; readonly cause?: unknown },
): SyncError {
  const answer = {
    ...given,
    name: given.name.slice(0, longestReadChars),
    message: given.message.slice(0, longestReadChars),
  };
  const mapped = withClock(classify(answer, context.service), context.offsetMs);
  return new SyncError({
    ...mapped,
    scope: 'account',
    fields: {
      service: context.service,
      answer: redactText(answer.name, []).slice(0, longestNameChars),
      status: answer.status,
      offsetMs: context.offsetMs,
      detail: redactText(answer.message, []).replaceAll(/\s+/g, ' ').slice(0, longestDetailChars),
    },
    cause: context.cause,
  });
}

function classify(answer: ServiceAnswer, service: string): Mapped {
  const { status } = answer;
  if (status === null)
    return { code: 'exchange-unreachable', retry: 'backoff', message: `${service} cannot be reached` };
  if (status === 429 || /Throttl|TooManyRequests|LimitExceeded|SlowDown/i.test(answer.name))
    return { code: 'exchange-throttled', retry: 'backoff', message: `${service} asks for fewer requests` };
  return byName(answer, service) ?? byStatus(status, service);
}

function byName({ name, message }: ServiceAnswer, service: string): Mapped | null {
  switch (name.replace(/Exception$/, '').replace(/Error$/, '')) {
    case 'ExpiredToken':
      return slow('token-expired', `${service} says that the token has expired`);
    case 'InvalidIdentityToken':
      if (/audience/i.test(message))
        return slow(
          'exchange-audience',
          'the identity provider in AWS does not list this client id as an audience',
        );
      if (/no .*provider|provider.*not.*found/i.test(message))
        return slow('exchange-role-missing', 'the AWS account has no identity provider for this issuer');
      return soon('exchange-token-rejected', `${service} refuses the token`);
    case 'IDPRejectedClaim':
    case 'NotAuthorized':
    case 'invalid_grant':
      return soon('exchange-token-rejected', `${service} refuses the token`);
    case 'IDPCommunication':
    case 'ExternalService':
      return {
        code: 'exchange-provider-unreachable',
        retry: 'backoff',
        message: `${service} cannot reach the identity provider`,
      };
    // RFC 6749 section 4.1.2.1; exchange endpoints send them with 400.
    case 'temporarily_unavailable':
    case 'server_error':
      return soon('exchange-unreachable', `${service} cannot answer just now`);
    case 'AccessDenied':
    case 'access_denied':
      return slow(
        'exchange-denied',
        'the role does not exist, or its trust policy refuses this user or audience',
      );
    case 'NoSuchEntity':
    case 'ResourceNotFound':
      return slow('exchange-role-missing', 'the role or identity pool does not exist');
    case 'Validation':
    case 'MalformedPolicyDocument':
    case 'PackedPolicyTooLarge':
    case 'RegionDisabled':
    case 'InvalidParameter':
    case 'InvalidIdentityPoolConfiguration':
      return slow(
        'exchange-request-invalid',
        `${service} does not accept the request; see role, duration and session policy in the configuration`,
      );
    default:
      return null;
  }
}

function byStatus(status: number, service: string): Mapped {
  if (status >= 500 || status === 408)
    return {
      code: 'exchange-unreachable',
      retry: 'backoff',
      message: `${service} answers ${String(status)}`,
    };
  if (status === 401) return soon('exchange-token-rejected', `${service} refuses the token`);
  if (status === 403)
    return slow(
      'exchange-denied',
      'the role does not exist, or its trust policy refuses this user or audience',
    );
  if (status === 404)
    return soon('exchange-role-missing', `${service} does not know the role or the address`);
  if (status >= 300 && status < 400)
    return soon('exchange-response-invalid', `${service} redirects elsewhere, which is refused`);
  return slow('exchange-request-invalid', `${service} answers ${String(status)}`);
}

/**
 * What a service in trouble says too: keys of the provider that it could not fetch for a moment (the AWS SDKs try
 * InvalidIdentityToken again for that reason), an address that is in maintenance.
 */
function soon(code: IdentityErrorCode, message: string): Mapped {
  return { code, retry: 'backoff', message };
}

/** Only a policy or a setting cures it. */
function slow(code: IdentityErrorCode, message: string): Mapped {
  return { code, retry: 'slow', message };
}

const clockSensitive: ReadonlySet<IdentityErrorCode> = new Set(['token-expired', 'exchange-token-rejected']);

function withClock(mapped: Mapped, offsetMs: number | null): Mapped {
  if (offsetMs === null || Math.abs(offsetMs) <= skewWorthTellingMs || !clockSensitive.has(mapped.code))
    return mapped;
  return {
    code: 'clock-skew',
    retry: 'backoff',
    message: `${mapped.message}; ${describeClockOffset(offsetMs)}`,
  };
}

export function invalidAnswer(service: string, why: string): SyncError {
  return new SyncError({
    code: 'exchange-response-invalid',
    retry: 'backoff',
    scope: 'account',
    message: `${service} ${why}`,
    fields: { service },
  });
}
