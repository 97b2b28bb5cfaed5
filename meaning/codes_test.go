package meaning_test

import (
	"testing"

	"gateway/meaning"
	"gateway/problem"
)

func TestSenseOfCode(t *testing.T) {
	tests := map[string]problem.Type{
		"rate_limit_exceeded": "rate-limited", "TooManyRequestsException": "rate-limited", "ratelimited": "rate-limited",
		"SlowDown": "rate-limited", "FLOOD_WAIT_33": "rate-limited", "userRateLimitExceeded": "rate-limited", "ThrottlingException": "rate-limited",
		"dailyLimitExceeded": "quota-exceeded", "MONTHLY_QUOTA_REACHED": "quota-exceeded", "insufficient-credits": "quota-exceeded",
		"plan_limit_reached": "quota-exceeded", "StorageQuotaExceeded": "quota-exceeded",
		"card_declined": "payment-required", "INSUFFICIENT_FUNDS": "payment-required", "subscription_expired": "payment-required",
		"invalid_client": "unauthenticated", "ExpiredToken": "unauthenticated", "INVALID_API_KEY": "unauthenticated", "not_authed": "unauthenticated",
		"SignatureDoesNotMatch": "unauthenticated", "token_revoked": "unauthenticated", "INVALID_LOGIN_CREDENTIALS": "unauthenticated",
		"UNAUTHENTICATED": "unauthenticated", "AuthenticationFailed": "unauthenticated", "InvalidClientTokenId": "unauthenticated",
		"AccessDeniedException": "permission-denied", "insufficient_scope": "permission-denied", "unauthorized_client": "permission-denied",
		"INSUFFICIENT_ACCESS_OR_READONLY": "permission-denied", "missing_scope": "permission-denied", "FORBIDDEN": "permission-denied",
		"EntityAlreadyExists": "already-exists", "DUPLICATE_VALUE": "already-exists", "email_taken": "already-exists", "EMAIL_EXISTS": "already-exists",
		"ResourceInUseException": "conflict", "FAILED_PRECONDITION": "conflict", "version_mismatch": "conflict", "DependencyViolation": "conflict",
		"order_already_shipped": "conflict", "invalid_state": "conflict", "UNABLE_TO_LOCK_ROW": "conflict", "FailedToAcquireLock": "conflict", "ClockSkewed": "",
		"NoSuchKey": "not-found", "ResourceNotFoundException": "not-found", "ENTITY_DOES_NOT_EXIST": "not-found", "user-not-found": "not-found",
		"MethodNotAllowed": "method-not-allowed", "UnsupportedMediaType": "unsupported-media-type", "EntityTooLarge": "payload-too-large",
		"UNIMPLEMENTED": "not-implemented", "DEADLINE_EXCEEDED": "upstream-timeout", "REQUEST_TIMEOUT": "upstream-timeout",
		"ServiceUnavailable": "upstream-unavailable", "overloaded_error": "upstream-unavailable", "MaintenanceMode": "upstream-unavailable",
		"integration_not_configured": "dependency-failed",
		"MalformedXML":               "invalid-request", "InvalidParameterValue": "invalid-request", "unsupported_grant_type": "invalid-request",
		"INVALID_ARGUMENT": "invalid-request", "bad_request": "invalid-request", "GRAPHQL_VALIDATION_FAILED": "invalid-request",
		"ValidationException": "validation-failed", "RecordInvalid": "validation-failed", "INVALID_EMAIL": "validation-failed",
		"required_field_missing": "validation-failed", "name_too_long": "validation-failed",
		"InternalFailure": "upstream-error", "server_error": "upstream-error",
		"ERROR_VALUE_MISSING": "invalid-request", "invalidInput.outOfRange": "validation-failed", "unique": "already-exists", "api-signature-not-valid": "unauthenticated", "budget_exceeded": "quota-exceeded", "complexityBudgetExhausted": "",
		"BadDeviceToken": "", "invalid_page_token": "validation-failed", "NOT_SUFFICIENT_FUNDS": "payment-required",
		"10000": "", "": "", "E1001": "", "card_error": "", "PMT": "",
	}
	for code, want := range tests {
		if got, ok := meaning.SenseOfCode(code); got.As != want || ok != (want != "") {
			t.Errorf("SenseOfCode(%q) = %q, %t; want %q", code, got.As, ok, want)
		}
	}
}
